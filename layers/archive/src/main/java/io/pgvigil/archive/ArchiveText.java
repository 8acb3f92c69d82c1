package io.pgvigil.archive;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The encoding of an archive's texts.
///
/// A text that is not valid in its encoding, and every text of an encoding Java does not know (or of
/// `SQL_ASCII`, which is none), is read as ISO 8859-1: each byte one character, nothing lost.
final class ArchiveText {
    /// As long as the ENCODING entry has not been read.
    static final ArchiveText UNKNOWN = new ArchiveText(StandardCharsets.ISO_8859_1);

    private static final Pattern SET_ENCODING =
            Pattern.compile("\\s*SET client_encoding = '([^']*)';\\s*");

    private static final Map<String, String> JAVA_NAMES =
            Map.ofEntries(
                    Map.entry("UTF8", "UTF-8"),
                    Map.entry("LATIN1", "ISO-8859-1"),
                    Map.entry("LATIN2", "ISO-8859-2"),
                    Map.entry("LATIN3", "ISO-8859-3"),
                    Map.entry("LATIN4", "ISO-8859-4"),
                    Map.entry("LATIN5", "ISO-8859-9"),
                    Map.entry("LATIN6", "ISO-8859-10"),
                    Map.entry("LATIN7", "ISO-8859-13"),
                    Map.entry("LATIN8", "ISO-8859-14"),
                    Map.entry("LATIN9", "ISO-8859-15"),
                    Map.entry("LATIN10", "ISO-8859-16"),
                    Map.entry("ISO_8859_5", "ISO-8859-5"),
                    Map.entry("ISO_8859_6", "ISO-8859-6"),
                    Map.entry("ISO_8859_7", "ISO-8859-7"),
                    Map.entry("ISO_8859_8", "ISO-8859-8"),
                    Map.entry("WIN866", "IBM866"),
                    Map.entry("WIN874", "x-windows-874"),
                    Map.entry("WIN1250", "windows-1250"),
                    Map.entry("WIN1251", "windows-1251"),
                    Map.entry("WIN1252", "windows-1252"),
                    Map.entry("WIN1253", "windows-1253"),
                    Map.entry("WIN1254", "windows-1254"),
                    Map.entry("WIN1255", "windows-1255"),
                    Map.entry("WIN1256", "windows-1256"),
                    Map.entry("WIN1257", "windows-1257"),
                    Map.entry("WIN1258", "windows-1258"),
                    Map.entry("KOI8R", "KOI8-R"),
                    Map.entry("KOI8U", "KOI8-U"),
                    Map.entry("EUC_JP", "EUC-JP"),
                    Map.entry("EUC_CN", "GB2312"),
                    Map.entry("EUC_KR", "EUC-KR"),
                    Map.entry("EUC_TW", "x-EUC-TW"),
                    Map.entry("SJIS", "windows-31j"),
                    Map.entry("SHIFT_JIS_2004", "x-SJIS_0213"),
                    Map.entry("BIG5", "Big5"),
                    Map.entry("GBK", "GBK"),
                    Map.entry("GB18030", "GB18030"),
                    Map.entry("UHC", "x-windows-949"),
                    Map.entry("JOHAB", "x-Johab"));

    private final Charset charset;

    private ArchiveText(Charset charset) {
        this.charset = charset;
    }

    /// The encoding that the definition of an ENCODING entry sets, or none if it is not one.
    static Optional<ArchiveText> named(String definition) {
        var set = SET_ENCODING.matcher(definition);
        if (!set.matches()) return Optional.empty();
        var name = JAVA_NAMES.get(set.group(1).toUpperCase(Locale.ROOT));
        // A trimmed runtime image may lack the East Asian charsets.
        if (name == null || !Charset.isSupported(name)) return Optional.of(UNKNOWN);
        return Optional.of(new ArchiveText(Charset.forName(name)));
    }

    String decode(byte[] bytes) {
        var latin = new String(bytes, StandardCharsets.ISO_8859_1);
        if (charset.equals(StandardCharsets.ISO_8859_1) || isAscii(bytes)) return latin;
        try {
            return charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return latin;
        }
    }

    /// Decodes again what was read before the encoding was known.
    String again(String latin) {
        return decode(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isAscii(byte[] bytes) {
        for (var octet : bytes) if (octet < 0) return false;
        return true;
    }
}
