package io.pgvigil.archive.tar;

/// Hears what a tar archive holds, in its order.
public interface TarListener {
    /// For who wants the checks of the scanner and nothing else.
    TarListener NONE =
            new TarListener() {
                @Override
                public void begins(TarMember member) {}

                @Override
                public void content(byte[] bytes, int offset, int length) {}

                @Override
                public void ends(TarMember member) {}
            };

    void begins(TarMember member);

    /// Part of the content of the member that began last. The bytes are only lent.
    void content(byte[] bytes, int offset, int length);

    /// The member is whole.
    void ends(TarMember member);
}
