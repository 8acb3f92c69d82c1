package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The roles of a policy are a set: pg_dump names them in the order in which the cluster keeps its
/// roles, which is that of `CREATE ROLE` at the source and the alphabet after a restore of globals.
final class PolicyRoles {
    private PolicyRoles() {}

    /// `CREATE POLICY p ON t FOR SELECT TO b, a USING (…)` with its roles in the order of their names.
    static String sorted(TocEntry entry, String definition) {
        if (!entry.desc().equals("POLICY")) return definition;
        var tokens = Sql.tokens(definition);
        var begin = afterTo(tokens);
        if (begin < 0) return definition;
        var roles = new ArrayList<Token>();
        var end = begin;
        for (var expectName = true; end < tokens.size(); end++) {
            var token = tokens.get(end);
            if (token.blank()) continue;
            if (expectName ? !token.identifier() : !token.is(",")) break;
            if (expectName) roles.add(token);
            expectName = !expectName;
        }
        roles.sort(Comparator.comparing(Token::name));
        var next = 0;
        var ordered = new ArrayList<Token>(tokens.subList(0, begin));
        for (var token : tokens.subList(begin, end))
            ordered.add(token.identifier() ? roles.get(next++) : token);
        ordered.addAll(tokens.subList(end, tokens.size()));
        return Sql.text(ordered);
    }

    /// The position after the keyword TO. A policy or table of that name is quoted by pg_dump, because
    /// TO is reserved; expressions come later.
    private static int afterTo(List<Token> tokens) {
        for (var i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).word("TO")) return i + 1;
            if (tokens.get(i).word("USING") || tokens.get(i).word("WITH")) return -1;
        }
        return -1;
    }
}
