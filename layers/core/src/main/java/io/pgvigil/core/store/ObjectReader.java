package io.pgvigil.core.store;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The reading half of a store; who holds only this cannot change anything.
///
/// Every method throws a [io.pgvigil.core.problem.Problem] with a `3xxx` code when the store fails,
/// and says with `transientFailure()` whether trying again may help.
public interface ObjectReader {

    /// The store's address as the user wrote it, for messages and for the child process.
    StoreUri uri();

    /// What is known about an object, or empty when there is none. A cheap point look-up.
    Optional<StoredObject> stat(ObjectKey key);

    /// Whether an object that is there can be read, where the store has archive classes.
    Access access(ObjectKey key);

    /// A small object as a whole, or empty when there is none. Refuses more than
    /// [#DOCUMENT_LIMIT] bytes.
    Optional<Document> document(ObjectKey key);

    /// The object from its first to its last byte. A cut connection is either resumed or an
    /// `IOException` while reading, never an early end. Where the store keeps a CRC-32C, bytes that
    /// do not have it end in an `OBJECT_DAMAGED` instead of an end of stream. Throws
    /// `OBJECT_MISSING` when there is none.
    InputStream read(ObjectKey key);

    /// Part of an object: exactly the bytes of the range, without the check of the whole object's
    /// CRC-32C. A range that ends behind the object's end is `OBJECT_DAMAGED`: who asks for it
    /// knows a larger object.
    InputStream read(ObjectKey key, ByteRange range);

    /// All objects whose key starts with the prefix, in ascending order of their key's UTF-8 bytes.
    /// The prefix is text, not a folder: `app` also finds `app_test/…`; end it with `/` to mean a
    /// folder. Objects may come without the checksum and the version that `stat` shows. What was
    /// written or deleted meanwhile may be in it or not. Close the stream.
    Stream<StoredObject> list(String prefix);

    /// The same, but only keys that come after this text: a store that sorts by key need not show the
    /// others.
    default Stream<StoredObject> list(String prefix, String after) {
        var bytes = after.getBytes(StandardCharsets.UTF_8);
        return list(prefix)
                .filter(object ->
                        Arrays.compareUnsigned(
                                        object.key().value().getBytes(StandardCharsets.UTF_8),
                                        bytes)
                                > 0);
    }

    /// The names of the folders directly under a prefix that ends with `/`, or in the store when it is
    /// empty; in order, each once, without their slash.
    default List<String> folders(String prefix) {
        try (var objects = list(prefix)) {
            return objects.map(object -> object.key().value().substring(prefix.length()))
                    .filter(rest -> rest.contains("/"))
                    .map(rest -> rest.substring(0, rest.indexOf('/')))
                    .distinct()
                    .toList();
        }
    }

    /// Uploads under the prefix that were begun and neither completed nor aborted, in no order.
    /// An upload may show only once it has grown beyond what the store takes in one call.
    Stream<PendingUpload> pendingUploads(String prefix);

    /// The largest document, 64 MiB.
    int DOCUMENT_LIMIT = 64 << 20;
}
