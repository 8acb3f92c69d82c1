package io.pgvigil.core.run;

/// How large a task's container is to be; a child process takes what the machine has.
///
/// @param cpuUnits 1024 are one vCPU
/// @param diskGib room for spooled archives and temporary instances
public record TaskSize(int cpuUnits, int memoryMib, int diskGib) {
    public TaskSize {
        if (cpuUnits < 1 || memoryMib < 1 || diskGib < 1)
            throw new IllegalArgumentException(
                    "a task has some CPU, memory and disk, was %d, %d, %d"
                            .formatted(cpuUnits, memoryMib, diskGib));
    }
}
