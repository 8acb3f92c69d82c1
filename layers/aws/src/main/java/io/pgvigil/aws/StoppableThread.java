package io.pgvigil.aws;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A thread of the system's whose interrupt also breaks off what it waits for in the network.
///
/// An interrupt alone does not end a read from a connection that hangs, except on a virtual thread. But those leave a
/// poller in a system call, for which Java waits 0.3 s when the program ends: as long as small commands take at all.
///
/// - **Asked for by whoever waits:** the client of S3 names, with each request, how it is aborted.
/// - **A daemon:** it does not keep the program from ending.
public final class StoppableThread extends Thread {
    private volatile @Nullable Runnable abort;

    public StoppableThread(Runnable work) {
        super(work);
        setDaemon(true);
    }

    /// A thread for each task; closing it waits for them.
    public static ExecutorService perTask() {
        return Executors.newThreadPerTaskExecutor(StoppableThread::new);
    }

    public static StoppableThread start(String name, Runnable work) {
        var thread = new StoppableThread(work);
        thread.setName(name);
        thread.start();
        return thread;
    }

    /// What an interrupt of this thread does besides from now on, instead of what was named before; at once if it has
    /// been interrupted. Other threads are interrupted as ever.
    public static void onInterrupt(Runnable abort) {
        if (!(Thread.currentThread() instanceof StoppableThread thread)) return;
        thread.abort = abort;
        if (thread.isInterrupted()) abort.run();
    }

    @Override
    public void interrupt() {
        super.interrupt();
        var named = abort;
        if (named != null) named.run();
    }
}
