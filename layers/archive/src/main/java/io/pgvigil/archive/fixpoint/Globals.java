package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.fixpoint.Difference.EntryChanged;
import io.pgvigil.archive.fixpoint.Difference.Property;
import io.pgvigil.archive.fixpoint.Sql.Kind;
import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/// Compares two texts of `pg_dumpall --globals-only`: roles, memberships, settings, tablespaces.
///
/// A multiset of statements. Ignored are comments, `SET` of the session, the `\restrict` lines with
/// their random key, and where a tablespace lies. A password is compared and never shown.
public final class Globals {

    /// @param object names what the statement is about, so that a change is one difference
    /// @param text the statement as it counts, without its semicolon
    private record Statement(String object, String text) {}

    private Globals() {}

    /// What the second text lacks, has beyond the first, or says differently.
    ///
    /// @param expected statements that the second cluster has of its own, as pg_dumpall words them,
    ///     such as the `CREATE ROLE` and `ALTER ROLE` of the sandbox's superuser; a superfluous one is
    ///     no difference
    public static List<Difference> compare(String first, String second, Set<String> expected) {
        return compare(statements(first), second, expected);
    }

    /// Like [#compare], where the second server shows no passwords. Each password in the first text is a
    /// difference of its own: it could not be compared.
    public static List<Difference> compareWithoutPasswords(
            String first, String second, Set<String> expected) {
        var unproven = new ArrayList<Difference>();
        var statements = new ArrayList<Statement>();
        for (var statement : statements(first)) {
            var without = withoutPasswordLiteral(statement.text());
            if (!without.equals(statement.text()))
                unproven.add(
                        new EntryChanged(
                                statement.object().replaceFirst(" ATTRIBUTES$", "") + " PASSWORD",
                                Property.PASSWORD,
                                "could not be compared: this server shows no passwords",
                                false));
            statements.add(new Statement(statement.object(), without));
        }
        var differences = new ArrayList<>(compare(statements, second, expected));
        differences.addAll(unproven);
        differences.sort(Comparator.comparing(Difference::object));
        return List.copyOf(differences);
    }

    private static List<Difference> compare(
            List<Statement> missing, String second, Set<String> expected) {
        var added = new ArrayList<Statement>();
        for (var statement : statements(second))
            if (!missing.remove(statement)) added.add(statement);
        // Only after pairing off: the original may rightly have the very same statement.
        for (var statement : expected) added.removeAll(statements(statement));

        var byObject = new LinkedHashMap<String, List<Statement>>();
        for (var statement : added)
            byObject.computeIfAbsent(statement.object(), _ -> new ArrayList<>()).add(statement);
        var differences = new ArrayList<Difference>();
        for (var statement : missing) {
            var candidates = byObject.getOrDefault(statement.object(), new ArrayList<>());
            if (candidates.isEmpty())
                differences.add(new Difference.EntryMissing(statement.object()));
            else differences.add(changed(statement, candidates.removeFirst()));
        }
        for (var left : byObject.values())
            for (var statement : left)
                differences.add(new Difference.EntryAdded(statement.object()));
        differences.sort(Comparator.comparing(Difference::object));
        return List.copyOf(differences);
    }

    private static Difference changed(Statement one, Statement two) {
        var before = masked(one.text());
        var after = masked(two.text());
        if (before.equals(after) || withoutPassword(before).equals(withoutPassword(after)))
            return new EntryChanged(one.object(), Property.PASSWORD, "secret differs", false);
        return new EntryChanged(
                one.object(),
                Property.DEFINITION,
                "definition " + Excerpts.became(withoutPassword(before), withoutPassword(after)),
                false);
    }

    // A literal after PASSWORD whatever it holds; the rest as anywhere else.
    private static String masked(String statement) {
        var tokens = new ArrayList<>(Sql.tokens(statement));
        var password = false;
        for (var i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            if (token.kind() == Kind.STRING && password)
                tokens.set(i, new Token(Kind.STRING, "'***'"));
            if (!token.blank()) password = token.word("PASSWORD");
        }
        return Secrets.masked(Sql.text(tokens));
    }

    // " PASSWORD 'literal'" as tokens, so that a name that reads like it stays.
    private static String withoutPasswordLiteral(String statement) {
        var tokens = new ArrayList<>(Sql.tokens(statement));
        for (var i = 2; i < tokens.size(); i++)
            if (tokens.get(i).kind() == Kind.STRING
                    && tokens.get(i - 1).blank()
                    && tokens.get(i - 2).word("PASSWORD")) {
                var from = i > 2 && tokens.get(i - 3).blank() ? i - 3 : i - 2;
                tokens.subList(from, i + 1).clear();
                break;
            }
        return Sql.text(tokens).strip();
    }

    private static String withoutPassword(String masked) {
        return masked.replace(" PASSWORD '***'", "");
    }

    private static List<Statement> statements(String text) {
        var statements = new ArrayList<Statement>();
        var statement = new ArrayList<Token>();
        for (var token : Sql.tokens(withoutMetaCommands(text))) {
            if (token.is(";")) {
                add(statement, statements);
                statement.clear();
            } else if (token.kind() != Kind.COMMENT
                    && !(statement.isEmpty() && token.kind() == Kind.SPACE)) statement.add(token);
        }
        add(statement, statements);
        return statements;
    }

    // psql's own lines; they begin a line, and no line within a literal is allowed to be taken for
    // one.
    private static String withoutMetaCommands(String text) {
        var out = new StringBuilder(text.length());
        var rest = text;
        while (!rest.isEmpty()) {
            var meta = nextMetaCommand(rest);
            if (meta < 0) return out.append(rest).toString();
            out.append(rest, 0, meta);
            var end = rest.indexOf('\n', meta);
            rest = end < 0 ? "" : rest.substring(end);
        }
        return out.toString();
    }

    private static int nextMetaCommand(String text) {
        var at = 0;
        for (var token : Sql.tokens(text)) {
            var startsLine = at == 0 || text.charAt(at - 1) == '\n';
            if (token.is("\\") && startsLine) {
                var name = text.substring(at);
                if (name.startsWith("\\restrict") || name.startsWith("\\unrestrict")) return at;
            }
            at += token.text().length();
        }
        return -1;
    }

    private static void add(List<Token> tokens, List<Statement> statements) {
        var words = tokens.stream().filter(token -> !token.blank()).toList();
        if (words.isEmpty() || words.getFirst().word("SET")) return;
        var counted = words.getFirst().word("CREATE") ? withoutLocation(tokens) : tokens;
        statements.add(new Statement(Excerpts.oneLine(object(words)), Sql.text(counted).strip()));
    }

    // A sandbox puts its tablespaces elsewhere.
    private static List<Token> withoutLocation(List<Token> tokens) {
        var out = new ArrayList<>(tokens);
        var location = false;
        for (var i = 0; i < out.size(); i++) {
            var token = out.get(i);
            if (token.kind() == Kind.STRING && location) out.set(i, new Token(Kind.STRING, "'…'"));
            if (!token.blank()) location = token.word("LOCATION");
        }
        return out;
    }

    // What a person would say the statement is about; two statements of one object and kind differ
    // in
    // nothing but a value.
    private static String object(List<Token> words) {
        var first = text(words, 0);
        var subject = text(words, 1) + " " + name(words, 2);
        return switch (first) {
            case "CREATE" -> subject;
            case "ALTER" -> alterObject(words, subject);
            case "COMMENT", "SECURITY" -> first + " " + after(words, "ON");
            case "GRANT", "REVOKE" -> grantObject(words);
            default -> first + " " + subject;
        };
    }

    private static String alterObject(List<Token> words, String subject) {
        var verb = text(words, 3);
        return switch (verb) {
            case "WITH" -> subject + " ATTRIBUTES";
            case "SET" ->
                    words.size() > 4 && words.get(4).identifier()
                            ? subject + " SET " + setting(words, 4)
                            : subject + " OPTIONS";
            case "IN" -> subject + " IN DATABASE " + name(words, 5) + " SET " + setting(words, 7);
            default -> subject + " " + verb;
        };
    }

    private static String setting(List<Token> words, int from) {
        var name = new StringBuilder(name(words, from));
        for (var at = from + 1; text(words, at).equals("."); at += 2)
            name.append('.').append(name(words, at + 1));
        return name.toString();
    }

    // GRANT group TO member …; GRANT SET ON PARAMETER p TO role; GRANT CREATE ON TABLESPACE t TO
    // role.
    private static String grantObject(List<Token> words) {
        var on = indexOf(words, "ON");
        var to = Math.max(indexOf(words, "TO"), indexOf(words, "FROM"));
        if (on > 0 && on < to)
            return "ACL "
                    + text(words, on + 1)
                    + " "
                    + name(words, on + 2)
                    + (to < 0 ? "" : " FOR " + name(words, to + 1));
        return "MEMBERSHIP OF " + name(words, to + 1) + " IN " + name(words, 1);
    }

    private static int indexOf(List<Token> words, String word) {
        for (var i = 0; i < words.size(); i++) if (words.get(i).word(word)) return i;
        return -1;
    }

    private static String after(List<Token> words, String word) {
        var at = indexOf(words, word);
        return text(words, at + 1) + " " + name(words, at + 2);
    }

    private static String text(List<Token> words, int at) {
        return at >= 0 && at < words.size() ? words.get(at).text() : "";
    }

    // No literal ever becomes part of a name.
    private static String name(List<Token> words, int at) {
        if (at < 0 || at >= words.size()) return "";
        return words.get(at).identifier() ? words.get(at).name() : "?";
    }
}
