package io.pgvigil.cli;

import picocli.CommandLine.IVersionProvider;

/// The version this program calls itself, in manifests too.
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"pgvigil " + io.pgvigil.runtime.Version.CURRENT};
    }
}
