package io.pgvigil.task.physical;

import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarMember;

/// Tells frames, besides another listener, where the members of the archive begin.
record Sectioning(FramedStream frames, TarListener next) implements TarListener {
    @Override
    public void begins(TarMember member) {
        frames.memberAt(member.offset());
        next.begins(member);
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
        next.content(bytes, offset, length);
    }

    @Override
    public void ends(TarMember member) {
        next.ends(member);
    }
}
