package io.pgvigil.core.store;

/// The name of one object, relative to the store's prefix; segments are separated by `/`.
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    public ObjectKey {
        if (value.isEmpty()
                || value.startsWith("/")
                || value.endsWith("/")
                || value.contains("//")
                || value.length() > 900)
            throw new IllegalArgumentException("not an object key: '" + value + "'");
        for (var segment : value.split("/"))
            // A key is also a path in the directory store; it must not climb out of it.
            if (segment.equals(".") || segment.equals("..") || segment.indexOf('\0') >= 0)
                throw new IllegalArgumentException("not an object key: '" + value + "'");
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
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
