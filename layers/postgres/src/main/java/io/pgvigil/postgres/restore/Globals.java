package io.pgvigil.postgres.restore;

import io.pgvigil.postgres.sandbox.Sandbox;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Roles, memberships and tablespaces, as `pg_dumpall --globals-only` wrote them.
///
/// Its text holds password hashes, so it shows itself nowhere.
public final class Globals {
    private static final Pattern NEEDS_SUPERUSER =
            Pattern.compile(" (?:NO)?(?:SUPERUSER|REPLICATION|BYPASSRLS)\\b");
    private static final Pattern GRANTED_BY =
            Pattern.compile(" GRANTED BY (?:\"(?:[^\"]|\"\")+\"|\\S+)$");

    private sealed interface Statement {
        String sql();

        record CreateRole(String sql, String role) implements Statement {}

        record AboutRole(String sql, String role) implements Statement {}

        record Membership(String sql, String role, String member) implements Statement {}

        record CreateTablespace(String sql, String tablespace) implements Statement {}

        record AboutTablespace(String sql, String tablespace) implements Statement {}

        record Other(String sql) implements Statement {}
    }

    private final List<Statement> statements;

    private Globals(List<Statement> statements) {
        this.statements = statements;
    }

    /// What restoring globals may do.
    ///
    /// @param createRoles whether missing roles are made; else they are named
    /// @param mapped which missing tablespaces may be made
    /// @param tablespaceFolder where on the server such a tablespace is to lie
    /// @param joinRoles whether the restoring role becomes a member of each role it makes, because it
    ///     may give objects only to roles it belongs to
    public record Permission(
            boolean createRoles,
            Predicate<String> mapped,
            UnaryOperator<String> tablespaceFolder,
            boolean joinRoles) {
        /// Changes nothing outside the database.
        public static Permission none() {
            return tablespaces(false, Map.of());
        }

        /// Makes roles; tablespaces only where a folder of the server is named for them.
        public static Permission roles(Map<String, String> tablespaceFolders) {
            return tablespaces(true, tablespaceFolders);
        }

        private static Permission tablespaces(boolean createRoles, Map<String, String> folders) {
            return new Permission(
                    createRoles,
                    folders::containsKey,
                    name -> folders.getOrDefault(name, ""),
                    false);
        }

        /// Everything that a role without superuser can do on a server of its own, which is thrown away.
        ///
        /// @param tablespaces a folder on the server below which each tablespace gets its own
        public static Permission withoutSuperuser(String tablespaces) {
            var number = new AtomicInteger();
            return new Permission(
                    true,
                    name -> true,
                    name -> tablespaces + "/ts" + number.incrementAndGet(),
                    true);
        }

        /// Everything, with each tablespace in a folder of the sandbox.
        public static Permission all(Sandbox sandbox) {
            var number = new AtomicInteger();
            return new Permission(
                    true,
                    name -> true,
                    // A tablespace's name may hold what a folder's cannot.
                    name -> sandbox.newTablespaceFolder("ts" + number.incrementAndGet()).toString(),
                    false);
        }
    }

    /// What came of it.
    ///
    /// @param leftAlone roles and tablespaces that existed: nothing about them was changed
    /// @param missingRoles roles that are in the globals and now not on the target
    /// @param refused what the server refused: what it was about and the server's words
    public record Applied(
            List<String> created,
            List<String> leftAlone,
            List<String> missingRoles,
            List<String> missingTablespaces,
            List<String> refused) {
        public Applied {
            created = List.copyOf(created);
            leftAlone = List.copyOf(leftAlone);
            missingRoles = List.copyOf(missingRoles);
            missingTablespaces = List.copyOf(missingTablespaces);
            refused = List.copyOf(refused);
        }

        static Applied nothing() {
            return new Applied(List.of(), List.of(), List.of(), List.of(), List.of());
        }
    }

    public static Globals parse(String sql) {
        return new Globals(SqlScript.statements(sql).stream().map(Globals::classify).toList());
    }

    public List<String> roles() {
        return statements.stream()
                .filter(Statement.CreateRole.class::isInstance)
                .map(statement -> ((Statement.CreateRole) statement).role())
                .toList();
    }

    public List<String> tablespaces() {
        return statements.stream()
                .filter(Statement.CreateTablespace.class::isInstance)
                .map(statement -> ((Statement.CreateTablespace) statement).tablespace())
                .toList();
    }

    private static Statement classify(String sql) {
        for (var role : Identifier.after(sql, "CREATE ROLE"))
            return new Statement.CreateRole(sql, role);
        for (var words : List.of("ALTER ROLE", "COMMENT ON ROLE"))
            for (var role : Identifier.after(sql, words)) return new Statement.AboutRole(sql, role);
        for (var tablespace : Identifier.after(sql, "CREATE TABLESPACE"))
            return new Statement.CreateTablespace(sql, tablespace);
        for (var words : List.of("ALTER TABLESPACE", "COMMENT ON TABLESPACE"))
            for (var tablespace : Identifier.after(sql, words))
                return new Statement.AboutTablespace(sql, tablespace);
        if (sql.startsWith("SECURITY LABEL FOR ")) {
            var role = behind(sql, " ON ROLE ");
            if (role.isPresent()) return new Statement.AboutRole(sql, role.get());
            var tablespace = behind(sql, " ON TABLESPACE ");
            if (tablespace.isPresent()) return new Statement.AboutTablespace(sql, tablespace.get());
        }
        if (sql.startsWith("GRANT ") || sql.startsWith("REVOKE ")) {
            var tablespace = behind(sql, " ON TABLESPACE ");
            if (tablespace.isPresent()) return new Statement.AboutTablespace(sql, tablespace.get());
            for (var role : Identifier.after(sql, "GRANT")) {
                var rest = sql.substring(Identifier.end(sql, "GRANT ".length()));
                for (var member : Identifier.after(rest, " TO"))
                    return new Statement.Membership(sql, role, member);
            }
        }
        return new Statement.Other(sql);
    }

    private static Optional<String> behind(String sql, String words) {
        var found = SqlScript.find(sql, words);
        if (found.isEmpty()) return Optional.empty();
        var from = found.getAsInt() + words.length();
        return Optional.of(Identifier.unquoted(sql.substring(from, Identifier.end(sql, from))));
    }

    /// Makes what is missing and allowed. What exists is left exactly as it is: a target's own role may
    /// share a name with one of the source, and its password and rights are not ours to change.
    Applied apply(Session session, Permission permission) throws SQLException {
        return new Application(session, permission).run();
    }

    private final class Application {
        private final Session session;
        private final Permission permission;
        private final Set<String> existingRoles;
        private final Set<String> existingTablespaces;
        private final Set<String> made = new HashSet<>();
        private final List<String> created = new ArrayList<>();
        private final Set<String> leftAlone = new LinkedHashSet<>();
        private final List<String> missingRoles = new ArrayList<>();
        private final List<String> missingTablespaces = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();

        Application(Session session, Permission permission) throws SQLException {
            this.session = session;
            this.permission = permission;
            this.existingRoles = new HashSet<>(session.texts("select rolname from pg_roles"));
            this.existingTablespaces =
                    new HashSet<>(session.texts("select spcname from pg_tablespace"));
        }

        Applied run() {
            for (var statement : statements) {
                switch (statement) {
                    case Statement.CreateRole(var sql, var role) -> createRole(sql, role);
                    case Statement.AboutRole(var sql, var role) -> {
                        if (made.contains("role " + role)) aboutRole(sql, role);
                    }
                    case Statement.Membership(var sql, var role, var member) ->
                            membership(sql, role, member);
                    case Statement.CreateTablespace(var sql, var tablespace) ->
                            createTablespace(sql, tablespace);
                    case Statement.AboutTablespace(var sql, var tablespace) -> {
                        if (made.contains("tablespace " + tablespace))
                            attempt("tablespace " + tablespace, sql);
                    }
                    case Statement.Other(var sql) -> other(sql);
                }
            }
            if (permission.joinRoles()) join();
            return new Applied(
                    created, List.copyOf(leftAlone), missingRoles, missingTablespaces, refused);
        }

        private void createRole(String sql, String role) {
            if (existingRoles.contains(role)) {
                leftAlone.add("role " + role);
            } else if (permission.createRoles() && attempt("role " + role, sql)) {
                made.add("role " + role);
                created.add("role " + role);
            } else {
                missingRoles.add(role);
            }
        }

        private void join() {
            for (var role : roles()) {
                if (!made.contains("role " + role)) continue;
                var grant = "GRANT " + Identifier.quoted(role) + " TO CURRENT_USER";
                // From 16 on whoever makes a role may grant it and does not hold it.
                attempt(
                        "membership in " + role,
                        grant + " WITH INHERIT TRUE, SET TRUE",
                        Optional.of(grant));
            }
        }

        private void aboutRole(String sql, String role) {
            // Managed services have no superuser. One statement holds all attributes, so a refused
            // NOSUPERUSER would lose the password and the right to log in with it.
            attempt("role " + role, sql, modest(sql));
        }

        private void membership(String sql, String role, String member) {
            // Between two roles of the target it is the target's own business.
            if (!made.contains("role " + role) && !made.contains("role " + member)) return;
            var anyGrantor = GRANTED_BY.matcher(sql).replaceAll("");
            attempt(
                    "membership of " + member + " in " + role,
                    sql,
                    Optional.of(anyGrantor).filter(text -> !text.equals(sql)));
        }

        private void createTablespace(String sql, String tablespace) {
            if (existingTablespaces.contains(tablespace)) {
                leftAlone.add("tablespace " + tablespace);
                return;
            }
            var location = SqlScript.find(sql, " LOCATION ");
            if (!permission.mapped().test(tablespace) || location.isEmpty()) {
                missingTablespaces.add(tablespace);
                return;
            }
            var moved =
                    sql.substring(0, location.getAsInt())
                            + " LOCATION "
                            + Identifier.literal(permission.tablespaceFolder().apply(tablespace));
            if (attempt("tablespace " + tablespace, moved)) {
                made.add("tablespace " + tablespace);
                created.add("tablespace " + tablespace);
            } else {
                missingTablespaces.add(tablespace);
            }
        }

        private void other(String sql) {
            // Session settings of psql's, which our session has its own of.
            if (sql.startsWith("SET ")) return;
            if (permission.createRoles()) attempt("a grant", sql);
        }

        private boolean attempt(String about, String sql) {
            return attempt(about, sql, Optional.empty());
        }

        private boolean attempt(String about, String sql, Optional<String> otherwise) {
            try {
                session.execute(sql);
                return true;
            } catch (SQLException e) {
                if (otherwise.isPresent() && attempt(about, otherwise.get(), Optional.empty()))
                    return true;
                // The server's first line names objects, never the statement.
                if (otherwise.isEmpty()) refused.add(about + ": " + words(e));
                return false;
            }
        }
    }

    // Between the name and the password only: a name and a hash may contain anything.
    private static Optional<String> modest(String sql) {
        var with = SqlScript.find(sql, " WITH ");
        if (with.isEmpty()) return Optional.empty();
        var password = SqlScript.find(sql, " PASSWORD ");
        var end = password.isPresent() ? password.getAsInt() : sql.length();
        var from = with.getAsInt();
        var attributes = NEEDS_SUPERUSER.matcher(sql.substring(from, end)).replaceAll("");
        return Optional.of(sql.substring(0, from) + attributes + sql.substring(end))
                .filter(text -> !text.equals(sql));
    }

    static String words(SQLException e) {
        var server =
                e instanceof org.postgresql.util.PSQLException psql
                        ? psql.getServerErrorMessage()
                        : null;
        var text = server != null ? server.getMessage() : e.getMessage();
        return text == null ? "no reason given" : text.lines().findFirst().orElse("");
    }

    @Override
    public String toString() {
        return roles().size() + " roles, " + tablespaces().size() + " tablespaces";
    }
}
