package io.pgvigil.archive.tar;

/// Hears what a tar archive holds, in its order.
public interface TarListener {

    void begins(TarMember member);

    /// Part of the content of the member that began last. The bytes are only lent.
    void content(byte[] bytes, int offset, int length);

    /// The member is whole.
    void ends(TarMember member);
}
