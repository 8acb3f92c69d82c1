package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.doctor.Closed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The least SQL that makes a role able to back up one database, each line with its reason.
///
/// The SQL can be run again without harm; it never holds a password.
public final class Grants {
    /// From here on one membership reads every table, view and sequence.
    private static final int READ_ALL_DATA_SINCE = 14;

    /// How many closed objects are named one by one.
    private static final int NAMED = 40;

    private Grants() {}

    /// For a server that was not asked: everything that can be needed is in it.
    ///
    /// @param physical whether base backups and WAL are wanted as well
    public static String sql(
            String role, DatabaseName database, ServerVersion version, boolean physical) {
        return new Script(role, database, version, physical, Optional.empty(), "").text();
    }

    /// For a live database: only what it needs, and what the connected role lacks today.
    public static String sql(String role, SourceDatabase source, boolean physical) {
        var facts = source.facts();
        var managed =
                switch (facts.managed()) {
                    case NO -> "";
                    case RDS -> "RDS";
                    case AURORA -> "Aurora";
                };
        return new Script(
                        role,
                        source.database(),
                        source.version(),
                        physical,
                        Optional.of(Readable.of(source)),
                        managed)
                .text();
    }

    private static List<String> named(Closed closed) {
        var words = closed.words();
        if (words.size() <= NAMED) return words;
        var some = new ArrayList<>(words.subList(0, NAMED));
        some.add("… and " + (words.size() - NAMED) + " more");
        return some;
    }

    /// What the connected role cannot read today, in words; empty when a logical backup would be whole.
    public static List<String> missing(SourceDatabase source) {
        var readable = Readable.of(source);
        var missing = new ArrayList<>(named(readable.closed()));
        if (!source.facts().role().superuser()) {
            if (readable.subscriptions() > 0)
                missing.add(
                        readable.subscriptions() + " subscriptions: dumped by a superuser only");
            if (readable.userMappings() > 0)
                missing.add(
                        readable.userMappings()
                                + " user mappings: their options are shown to a superuser only");
        }
        return List.copyOf(missing);
    }

    private static final class Script {
        private final StringBuilder text = new StringBuilder();
        private final String role;
        private final String tag;
        private final DatabaseName database;
        private final ServerVersion version;
        private final boolean physical;
        private final Optional<Readable> found;
        private final String managed;

        Script(
                String role,
                DatabaseName database,
                ServerVersion version,
                boolean physical,
                Optional<Readable> found,
                String managed) {
            this.role = identifier(role);
            this.tag = dollarTag(role);
            this.database = database;
            this.version = version;
            this.physical = physical;
            this.found = found;
            this.managed = managed;
            if (role.isEmpty() || role.indexOf('\0') >= 0)
                throw new IllegalArgumentException("a role's name cannot be empty or hold NUL");
        }

        String text() {
            says("The least a role needs to back up database " + comment(database.value()));
            says(
                    "(PostgreSQL "
                            + version
                            + "). Run it in that database, as "
                            + administrator()
                            + ".");
            line("");
            login();
            if (version.major() >= READ_ALL_DATA_SINCE) readAllData();
            else readSchemas();
            rowSecurity();
            largeObjects();
            facts();
            passwords();
            onlySuperusers();
            if (physical) physical();
            today();
            return text.toString();
        }

        private String administrator() {
            return managed.isEmpty()
                    ? "a superuser"
                    : "the master user of this " + managed + " instance (rds_superuser)";
        }

        private void login() {
            says(
                    "A login of its own, so that it can be watched and revoked. Set its password with");
            says("\\password in psql, which sends a hash and leaves no trace in logs.");
            line("do " + tag + " begin create role " + role + " login;");
            line("exception when duplicate_object then null; end " + tag + ";");
            if (!managed.isEmpty()) {
                says("To sign in with IAM tokens instead of a password, add:");
                says("  grant rds_iam to " + role + ";");
            }
            line("grant connect on database " + identifier(database.value()) + " to " + role + ";");
            line("");
        }

        private void readAllData() {
            says("Reads every table, view and sequence, in every schema, also future ones.");
            line("grant pg_read_all_data to " + role + ";");
            line("");
        }

        private void readSchemas() {
            says(
                    "Before 14 there is no role that reads everything: each schema is opened, now and");
            says("again after a schema was added.");
            if (found.isPresent()) {
                for (var schema : found.get().schemas()) openSchema(identifier(schema));
                says("What these roles create from now on is readable too.");
                for (var owner : found.get().owners()) openFuture(identifier(owner));
            } else {
                line("do " + tag + " declare s name; begin");
                line("  for s in select nspname from pg_namespace where nspname not like 'pg\\_%'");
                line("      and nspname <> 'information_schema' loop");
                for (var what :
                        List.of(
                                "usage on schema",
                                "select on all tables in schema",
                                "select on all sequences in schema"))
                    line(
                            "    execute format('grant "
                                    + what
                                    + " %I to %I', s, "
                                    + literal()
                                    + ");");
                line("  end loop;");
                line("end " + tag + ";");
                says("For each role that creates tables, so that future ones are readable too:");
                says(
                        "  alter default privileges for role OWNER grant select on tables to "
                                + role
                                + ";");
                says(
                        "  alter default privileges for role OWNER grant select on sequences to "
                                + role
                                + ";");
            }
            line("");
        }

        private void openSchema(String schema) {
            line("grant usage on schema " + schema + " to " + role + ";");
            line("grant select on all tables in schema " + schema + " to " + role + ";");
            line("grant select on all sequences in schema " + schema + " to " + role + ";");
        }

        private void openFuture(String owner) {
            for (var what : List.of("usage on schemas", "select on tables", "select on sequences"))
                line(
                        "alter default privileges for role "
                                + owner
                                + " grant "
                                + what
                                + " to "
                                + role
                                + ";");
        }

        private void rowSecurity() {
            if (found.isPresent() && found.get().rowSecurityTables().isEmpty()) return;
            says("Row security would hide rows; pg_dump then fails rather than dump a part.");
            found.ifPresentOrElse(
                    readable ->
                            says(
                                    "Here it is on for: "
                                            + comment(some(readable.rowSecurityTables()))),
                    () -> says("Leave this line out if no table has row security."));
            if (!managed.isEmpty()) {
                says(
                        "If "
                                + managed
                                + " answers that only a superuser may do this, dump as the owner of");
                says("these tables instead, without FORCE ROW LEVEL SECURITY.");
            }
            line("alter role " + role + " bypassrls;");
            line("");
        }

        private void largeObjects() {
            if (found.isPresent() && found.get().largeObjects() == 0) return;
            says("Large objects have owners and grants of their own, which no membership opens.");
            found.ifPresentOrElse(
                    readable -> says("Here are " + readable.largeObjects() + " of them."),
                    () -> says("Leave this line out if the database has none."));
            says(
                    "This setting lifts the check for the sessions of this role, for writing as well; the");
            says(
                    "narrower way is grant select on large object … for each one, again for new ones.");
            if (!managed.isEmpty())
                says(
                        "On "
                                + managed
                                + " it can be set in the parameter group only, for all roles.");
            line(
                    (managed.isEmpty() ? "" : "-- ")
                            + "alter role "
                            + role
                            + " set lo_compat_privileges = on;");
            line("");
        }

        private void facts() {
            says("Settings that only superusers see are recorded with the backup.");
            line("grant pg_read_all_settings to " + role + ";");
            line("");
        }

        private void passwords() {
            if (!managed.isEmpty()) {
                says(
                        managed
                                + " shows password hashes to nobody: globals are stored without them, and");
                says("roles get new passwords after a restore.");
            } else if (version.major() >= READ_ALL_DATA_SINCE) {
                says(
                        "Mind that pg_read_all_data opens pg_authid too: the globals hold the password");
                says("hashes of all roles, and whoever signs in as this role can read them.");
            } else {
                says(
                        "Optional: with this the globals hold the password hashes of all roles. Without it");
                says("roles are stored without passwords.");
                says("  grant select on pg_catalog.pg_authid to " + role + ";");
            }
            line("");
        }

        private void onlySuperusers() {
            var subscriptions = found.map(Readable::subscriptions).orElse(-1L);
            var mappings = found.map(Readable::userMappings).orElse(-1L);
            if (subscriptions == 0 && mappings == 0) return;
            says("No grant covers these; pg_dump leaves them out and goes on. Write them down");
            says("elsewhere, or dump as a superuser:");
            if (subscriptions != 0)
                says("  subscriptions" + (subscriptions > 0 ? ": " + subscriptions + " here" : ""));
            if (mappings != 0)
                says(
                        "  options of user mappings"
                                + (mappings > 0 ? ": " + mappings + " here" : ""));
            line("");
        }

        private void physical() {
            if (!managed.isEmpty()) {
                says(
                        managed
                                + " allows neither base backups nor WAL over the replication protocol; its");
                says("own automated backups take that place.");
            } else {
                says(
                        "Base backups and WAL come over the replication protocol. pg_hba.conf needs a line:");
                says("  hostssl replication " + role + " <address>/32 scram-sha-256");
                line("alter role " + role + " replication;");
            }
            line("");
        }

        private void today() {
            var closed = found.map(readable -> named(readable.closed())).orElse(List.of());
            if (closed.isEmpty()) return;
            says("What the role that asked cannot read today:");
            for (var line : closed) says("  " + comment(line));
        }

        private String literal() {
            // The role's name inside a string constant inside a dollar-quoted block.
            var bare = role.substring(1, role.length() - 1).replace("\"\"", "\"");
            return "'" + bare.replace("'", "''") + "'";
        }

        private void says(String comment) {
            line("-- " + comment(comment));
        }

        private void line(String line) {
            text.append(line).append('\n');
        }

        private static String some(List<String> names) {
            return names.size() <= 5
                    ? String.join(", ", names)
                    : String.join(", ", names.subList(0, 5))
                            + " and "
                            + (names.size() - 5)
                            + " more";
        }

        // A name may hold dollar signs too: the tag must not occur in it.
        private static String dollarTag(String role) {
            var tag = "grants";
            while (role.contains("$" + tag + "$")) tag += "_";
            return "$" + tag + "$";
        }

        // A name may hold a line break, and what follows would be SQL.
        private static String comment(String text) {
            return text.replaceAll("[\\r\\n\\u0085\\u2028\\u2029]+", " ");
        }

        private static String identifier(String name) {
            return "\"" + name.replace("\"", "\"\"") + "\"";
        }
    }
}
