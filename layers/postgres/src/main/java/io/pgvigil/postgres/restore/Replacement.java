package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Puts a restored database in the place of a living one, and keeps the old one.
///
/// - **Beside first:** the new database is restored and checked under a name of its own; the old one works
///   on meanwhile.
/// - **At once:** both renames are one transaction. Whatever dies when, afterwards there is the old
///   database under its name or the new one, and never none.
/// - **Nothing is dropped:** the old database stays, under a name that says since when.
public final class Replacement {
    /// PostgreSQL cuts longer names silently.
    private static final int LONGEST_NAME = 63;

    /// A rename waits five seconds for others to leave; we help them out meanwhile.
    private static final Duration BETWEEN_TERMINATIONS = Duration.ofMillis(100);

    private static final int ATTEMPTS = 3;
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final LoginSource logins;
    private final DatabaseName maintenance;

    public Replacement(LoginSource logins, DatabaseName maintenance) {
        this.logins = logins;
        this.maintenance = maintenance;
    }

    /// The three names of a replacement.
    ///
    /// @param live the name everybody uses
    /// @param fresh where the restore goes
    /// @param before what the old database is called afterwards
    public record Names(DatabaseName live, DatabaseName fresh, DatabaseName before) {

        /// @param id tells this replacement from others: letters and digits
        public static Names of(DatabaseName live, String id, Instant now) {
            return new Names(
                    live,
                    suffixed(live, "_pgvigil_new_" + id),
                    suffixed(live, "_before_" + STAMP.format(now)));
        }

        private static DatabaseName suffixed(DatabaseName name, String suffix) {
            var stem = name.value();
            while (bytes(stem) + bytes(suffix) > LONGEST_NAME)
                stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
            return new DatabaseName(stem + suffix);
        }

        private static int bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    /// Decides whether the restored database may take over; throws a [Problem] if not.
    @FunctionalInterface
    public interface Check {
        void check(Login login, DatabaseName fresh);
    }

    /// Fills the new database and says what came of it.
    @FunctionalInterface
    public interface Restore {
        RestoreOutcome into(RestoreTarget fresh);
    }

    /// Restores beside, checks, and switches. On any failure before the switch the live database was not
    /// touched and the new one is dropped.
    public RestoreOutcome replace(Names names, Restore restore, Check check) {
        requireFree(names);
        RestoreOutcome outcome;
        try {
            outcome =
                    restore.into(
                            new RestoreTarget(
                                    logins,
                                    names.fresh(),
                                    RestoreTarget.Existence.CREATE,
                                    maintenance));
            outcome.requireComplete();
            check.check(logins.login(), names.fresh());
        } catch (RuntimeException | Error e) {
            dropFresh(names, e);
            throw e;
        }
        switchOver(names);
        return outcome;
    }

    /// The switch alone: what is live becomes `before`, what is fresh becomes live.
    public void switchOver(Names names) {
        switchOver(names, () -> {});
    }

    void switchOver(Names names, Runnable betweenRenames) {
        for (var attempt = 1; ; attempt++) {
            try (var session = Session.open(logins.login(), maintenance);
                    var doorkeeper = Doorkeeper.start(logins.login(), maintenance, names)) {
                var connection = session.connection();
                connection.setAutoCommit(false);
                // From here until the commit nobody can connect to a database that is being
                // renamed.
                session.execute(rename(names.live(), names.before()));
                betweenRenames.run();
                session.execute(rename(names.fresh(), names.live()));
                connection.commit();
                return;
            } catch (SQLException e) {
                // 55006: somebody was still in there.
                var busy = "55006".equals(e.getSQLState());
                if (!busy || attempt == ATTEMPTS) throw failed(names, e);
            }
        }
    }

    private void requireFree(Names names) {
        if (names.live().equals(maintenance))
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "database " + maintenance + " cannot be renamed while connected to it",
                    "Name another database of the server to work from, for example template1.");
        try (var session = Session.open(logins.login(), maintenance)) {
            var present = present(session, names);
            if (!present.contains(names.live()))
                throw new Problem(
                        ErrorCode.TARGET_MISSING,
                        "there is no database " + names.live() + " to replace",
                        "Let the restore create it instead.");
            for (var name : List.of(names.fresh(), names.before()))
                if (present.contains(name))
                    throw new Problem(
                            ErrorCode.TARGET_NOT_EMPTY,
                            "database " + name + " exists already",
                            "It is left from an earlier replacement: look at it, and drop it if it is"
                                    + " not needed.");
        } catch (SQLException e) {
            throw failed(names, e);
        }
    }

    private static List<DatabaseName> present(Session session, Names names) throws SQLException {
        var present = new ArrayList<DatabaseName>();
        for (var name : List.of(names.live(), names.fresh(), names.before()))
            if (session.yes("select count(*) > 0 from pg_database where datname = ?", name.value()))
                present.add(name);
        return present;
    }

    private void dropFresh(Names names, Throwable because) {
        try (var session = Session.open(logins.login(), maintenance)) {
            if (!present(session, names).contains(names.fresh())) return;
            Subscriptions.drop(logins.login(), names.fresh());
            session.execute("DROP DATABASE " + Identifier.quoted(names.fresh().value()));
        } catch (SQLException | Problem e) {
            // The reason we came here matters more; this one travels with it.
            because.addSuppressed(e);
        }
    }

    private static String rename(DatabaseName from, DatabaseName to) {
        return "ALTER DATABASE "
                + Identifier.quoted(from.value())
                + " RENAME TO "
                + Identifier.quoted(to.value());
    }

    private Problem failed(Names names, SQLException e) {
        return new Problem(
                ErrorCode.REPLACE_FAILED,
                "the databases were not exchanged: " + Globals.words(e) + "; " + state(names),
                "Both renames are one transaction, so either none or both took place. Stop what keeps"
                        + " connecting, look which databases there are (psql -l), and try again.",
                "55006".equals(e.getSQLState()),
                e);
    }

    /// What there is now, asked anew: the connection that failed cannot tell.
    private String state(Names names) {
        try (var session = Session.connect(logins.login(), maintenance)) {
            var present = present(session, names);
            if (present.contains(names.before()))
                return present.contains(names.live())
                        ? names.live() + " is the new one and the old one is " + names.before()
                        : "the old one is " + names.before();
            return names.live()
                    + " is the old one, unchanged"
                    + (present.contains(names.fresh())
                            ? ", and the restored one is " + names.fresh()
                            : "");
        } catch (SQLException | Problem e) {
            return "the server does not answer now, so it is not known whether "
                    + names.live()
                    + " is still the old one";
        }
    }

    /// Ends the sessions in both databases, again and again until the renames have their locks.
    private static final class Doorkeeper implements AutoCloseable {
        private final Session session;
        private final Thread thread;

        private Doorkeeper(Session session, Thread thread) {
            this.session = session;
            this.thread = thread;
        }

        static Doorkeeper start(Login login, DatabaseName maintenance, Names names) {
            var session = Session.open(login, maintenance);
            return new Doorkeeper(
                    session,
                    Thread.ofVirtual().name("doorkeeper").start(() -> keep(session, names)));
        }

        private static void keep(Session session, Names names) {
            try {
                while (true) {
                    session.texts(
                            "select pg_terminate_backend(pid)::text from pg_stat_activity where datname"
                                    + " in (?, ?) and pid <> pg_backend_pid()",
                            names.live().value(),
                            names.fresh().value());
                    Thread.sleep(BETWEEN_TERMINATIONS);
                }
            } catch (InterruptedException done) {
                Thread.currentThread().interrupt();
            } catch (SQLException notAllowedOrGone) {
                // Then the rename says who is in its way.
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            session.close();
        }
    }
}
