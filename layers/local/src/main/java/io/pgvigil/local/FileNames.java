package io.pgvigil.local;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/// Segments of keys as names of files and back.
///
/// Letters, digits and `.-_=,@` stay; every other byte of the UTF-8 form becomes `%` and two
/// hexadecimal digits, so that a name survives every locale, file system and shell. A dot in front
/// is written `%2E`, which keeps `.incoming` and the hidden files of others out of the store. A
/// file whose name this class would not have chosen (`lost+found`, `.DS_Store`, `a b`) is not an
/// object.
final class FileNames {
    /// File systems allow 255; the rest is for the suffix of an upload.
    static final int LONGEST = 230;

    private static final String KEPT = ".-_=,@";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private FileNames() {}

    static String of(String segment, ObjectKey key) {
        var name = encode(segment);
        if (name.length() > LONGEST)
            throw new Problem(
                    ErrorCode.NAME_INVALID,
                    "'" + segment + "' in key " + key + " is too long for the name of a file",
                    "Choose a shorter name; characters outside ASCII count several times.");
        return name;
    }

    /// The segment that has this name, or empty when no segment has.
    static Optional<String> segment(String name) {
        var bytes = new ByteArrayOutputStream(name.length());
        for (var i = 0; i < name.length(); i++) {
            if (name.charAt(i) != '%') {
                bytes.write(name.charAt(i));
                continue;
            }
            if (i + 2 >= name.length()
                    || !HexFormat.isHexDigit(name.charAt(i + 1))
                    || !HexFormat.isHexDigit(name.charAt(i + 2))) return Optional.empty();
            bytes.write(HexFormat.fromHexDigits(name, i + 1, i + 3));
            i += 2;
        }
        var segment = bytes.toString(StandardCharsets.UTF_8);
        // Only one name per key: a file that another program put here under `%61` is not `a`.
        return encode(segment).equals(name) ? Optional.of(segment) : Optional.empty();
    }

    private static String encode(String segment) {
        var name = new StringBuilder(segment.length());
        for (var octet : segment.getBytes(StandardCharsets.UTF_8)) {
            var leadingDot = octet == '.' && name.isEmpty();
            if (isKept(octet) && !leadingDot) name.append((char) octet);
            else name.append('%').append(HEX.toHexDigits(octet));
        }
        return name.toString();
    }

    private static boolean isKept(byte octet) {
        return (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || (octet >= '0' && octet <= '9')
                || KEPT.indexOf(octet) >= 0;
    }
}
