package io.pgvigil.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A database's name exactly as PostgreSQL knows it, with a folder form that never collides.
public record DatabaseName(String value) implements Comparable<DatabaseName> {
    /// Stands for a whole server where a database is asked for, such as in a physical backup. A
    /// database that is really called so cannot be told from it and is not backed up by itself.
    public static final DatabaseName CLUSTER = new DatabaseName("_cluster");

    public DatabaseName {
        if (value.isEmpty() || value.indexOf('\0') >= 0)
            throw new IllegalArgumentException("a database's name cannot be empty or hold NUL");
    }

    /// The name as one path segment: letters, digits, dash, underscore and inner dots stay; every
    /// other byte becomes `%XX`. A leading underscore is escaped, because `_cluster` and `_wal`
    /// are ours; [#CLUSTER] alone is not.
    public String folder() {
        if (value.equals("_cluster")) return value;
        var folder = new StringBuilder();
        for (var b : value.getBytes(StandardCharsets.UTF_8)) {
            var c = (char) (b & 0xFF);
            var plain =
                    c >= 'a' && c <= 'z'
                            || c >= 'A' && c <= 'Z'
                            || c >= '0' && c <= '9'
                            || c == '-'
                            || (c == '_' || c == '.') && !folder.isEmpty();
            if (plain) folder.append(c);
            else folder.append("%%%02X".formatted((int) c));
        }
        return folder.toString();
    }

    /// The inverse of [#folder()].
    public static DatabaseName ofFolder(String folder) {
        var bytes = ByteBuffer.allocate(folder.length());
        for (var i = 0; i < folder.length(); i++) {
            var c = folder.charAt(i);
            if (c == '%' && i + 2 < folder.length()) {
                bytes.put((byte) Integer.parseInt(folder, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.put((byte) c);
            }
        }
        return new DatabaseName(
                new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }

    @Override
    public int compareTo(DatabaseName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
