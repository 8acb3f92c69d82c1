package io.pgvigil.core.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The name of one object, relative to the store's prefix; segments are separated by `/`.
///
/// At most [#MAXIMUM_BYTES] bytes of UTF-8, without control characters. Ordered by those bytes,
/// which is the order in which every store lists.
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    /// S3 allows 1024 bytes; the rest is for the store's prefix.
    public static final int MAXIMUM_BYTES = 900;

    public ObjectKey {
        if (value.isEmpty()
                || value.startsWith("/")
                || value.endsWith("/")
                || value.contains("//")
                || value.getBytes(StandardCharsets.UTF_8).length > MAXIMUM_BYTES
                || value.codePoints().anyMatch(ObjectKey::unstorable))
            throw new IllegalArgumentException("not an object key: '" + value + "'");
        for (var segment : value.split("/"))
            // A key is also a path in the directory store; it must not climb out of it.
            if (segment.equals(".") || segment.equals(".."))
                throw new IllegalArgumentException("not an object key: '" + value + "'");
    }

    /// The key, or empty when the text is none: what others put into a store can have any name.
    public static Optional<ObjectKey> ifValid(String text) {
        try {
            return Optional.of(new ObjectKey(text));
        } catch (IllegalArgumentException notAKey) {
            return Optional.empty();
        }
    }

    // Half a surrogate pair has no UTF-8: two such keys would be one object. Control characters
    // have no XML, in which S3 answers.
    private static boolean unstorable(int character) {
        return Character.isISOControl(character)
                || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE);
    }

    /// The last segment.
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    /// The object of this name in the same folder.
    public ObjectKey sibling(String name) {
        return new ObjectKey(value.substring(0, value.lastIndexOf('/') + 1) + name);
    }

    @Override
    public int compareTo(ObjectKey other) {
        // Not String.compareTo, which puts U+1F600 before U+FF21.
        return Arrays.compareUnsigned(
                value.getBytes(StandardCharsets.UTF_8),
                other.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return value;
    }
}
