package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.fixpoint.Sql.Kind;
import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Keeps secrets out of what differences say.
///
/// User mappings, subscriptions and servers hold passwords in clear and are never shown. Elsewhere a
/// secret can only be guessed at: literals that a password-like word introduces, credentials in
/// connection strings and URLs, and values of application settings (`SET "app.jwt_secret" TO …`).
final class Secrets {
    private static final String MASK = "'***'";

    // secret_key character varying DEFAULT '…'
    private static final int WORDS_BETWEEN = 3;

    private static final Set<String> NEVER_SHOWN = Set.of("USER MAPPING", "SUBSCRIPTION", "SERVER");

    // Their options belong to a wrapper that we do not know.
    private static final Set<String> WITHOUT_LITERALS =
            Set.of("FOREIGN TABLE", "FOREIGN DATA WRAPPER");

    private static final Pattern TELLTALE =
            Pattern.compile("(?i)passw|passphrase|pwd|secret|token|api_?key|credential");

    private static final Pattern ASSIGNED =
            Pattern.compile(
                    "(?i)((?:passw|passphrase|pwd|secret|token|api_?key|credential)\\w{0,40}[\"']{0,2}"
                            + "\\s{0,8}(?:=>|:=|=|:)\\s{0,8}[\"']{0,2})[^\\s\"',;)&]+");

    private static final Pattern USER_INFO = Pattern.compile("://[^/\\s'\"@]{0,200}@");

    private Secrets() {}

    /// Whether nothing of the entry may be shown but its name.
    static boolean neverShown(TocEntry entry) {
        if (NEVER_SHOWN.contains(entry.desc())) return true;
        var about = entry.desc().equals("COMMENT") || entry.desc().equals("SECURITY LABEL");
        return about && NEVER_SHOWN.stream().anyMatch(kind -> entry.tag().startsWith(kind + " "));
    }

    static String masked(TocEntry entry, String sql) {
        return masked(sql, WITHOUT_LITERALS.contains(entry.desc()));
    }

    static String masked(String sql) {
        return masked(sql, false);
    }

    private static String masked(String sql, boolean allLiterals) {
        var out = new StringBuilder(sql.length());
        var tokens = Sql.tokens(sql);
        // How many words may still stand before the literal of a password-like word.
        var wordsLeft = -1;
        var secretSetting = false;
        for (var i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            if (token.kind() == Kind.STRING) {
                var secret = allLiterals || secretSetting || wordsLeft >= 0;
                out.append(secret ? MASK : maskedLiteral(token));
                wordsLeft = -1;
                continue;
            }
            out.append(token.text());
            if (token.is(";")) secretSetting = false;
            if (token.word("SET")) secretSetting = setsApplicationSetting(tokens, i + 1);
            if (token.identifier())
                wordsLeft =
                        TELLTALE.matcher(token.text()).find()
                                ? WORDS_BETWEEN
                                : Math.max(-1, wordsLeft - 1);
            else if (!token.blank() && !isAssignment(token)) wordsLeft = -1;
        }
        return out.toString();
    }

    private static boolean isAssignment(Token token) {
        return token.is("=") || token.is(":") || token.is("=>");
    }

    // "app.jwt_secret" or app.jwt_secret: no setting of the server itself has a dot.
    private static boolean setsApplicationSetting(List<Token> tokens, int from) {
        var at = from;
        while (at < tokens.size() && tokens.get(at).blank()) at++;
        if (at >= tokens.size() || !tokens.get(at).identifier()) return false;
        return tokens.get(at).name().contains(".")
                || (at + 1 < tokens.size() && tokens.get(at + 1).is("."));
    }

    private static String maskedLiteral(Token literal) {
        var text = literal.text();
        // Dollar quotes hold code: its own literals are looked at one by one.
        if (text.startsWith("$")) {
            var delimiter = text.substring(0, text.indexOf('$', 1) + 1);
            if (text.length() >= 2 * delimiter.length() && text.endsWith(delimiter))
                return delimiter
                        + masked(
                                text.substring(
                                        delimiter.length(), text.length() - delimiter.length()))
                        + delimiter;
        }
        var masked = ASSIGNED.matcher(text).replaceAll("$1***");
        return USER_INFO.matcher(masked).replaceAll("://***@");
    }
}
