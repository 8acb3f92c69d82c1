package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.RestoreError.Part;
import io.pgvigil.postgres.restore.RestoreTarget.Existence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Restores an archive into a target.
///
/// - **Globals first, then the database, its objects and data, what failed once more, its grants.**
/// - **Errors do not stop it and are never hidden:** each is in the outcome with its cause.
/// - **Nothing is restored twice:** the second pass takes exactly the entries of which nothing was restored.
public final class Restoration {
    // Whole, as pg_restore writes it; an excerpt ends in an ellipsis.
    private static final Pattern OWNER = Pattern.compile("ALTER [A-Z ]+ .* OWNER TO [^…]+;");

    private final ToolSet tools;

    public Restoration(ToolSet tools) {
        this.tools = tools;
    }

    /// @param archive a file in custom format
    /// @param toc its table of contents
    public RestoreOutcome restore(
            Path archive, List<TocEntry> toc, RestoreTarget target, RestoreOptions options) {
        return new Run(archive, toc, target, options).run();
    }

    private final class Run {
        private final Path archive;
        private final List<TocEntry> toc;
        private final RestoreTarget target;
        private final RestoreOptions options;
        private final DatabaseEntries database;
        private final Diagnosis diagnosis;
        private final List<RestoreError> errors = new ArrayList<>();
        private final List<RestoreError> repaired = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private Globals.Applied globals = Globals.Applied.nothing();
        private boolean superuser;
        private boolean finished = true;

        Run(Path archive, List<TocEntry> toc, RestoreTarget target, RestoreOptions options) {
            this.archive = archive;
            this.toc = List.copyOf(toc);
            this.target = target;
            this.options = options;
            this.database = new DatabaseEntries(toc);
            this.diagnosis = new Diagnosis(toc);
        }

        RestoreOutcome run() {
            try (var session = Session.open(target.login(), target.maintenance())) {
                superuser =
                        session.yes("select rolsuper from pg_roles where rolname = current_user");

                // Owners and grants need the roles, tables the tablespaces.
                if (options.globals().isPresent())
                    globals = options.globals().get().apply(session, options.permission());

                if (target.existence() == Existence.CREATE) createDatabase(session);
            } catch (SQLException e) {
                throw refused(e);
            }

            var list = entries();
            pass(list).forEach(errors::add);
            if (finished) retry();
            if (finished && !superuser) ownersOnceMore();

            if (target.existence() == Existence.CREATE) apply(database.finish(), List.of());
            if (finished && options.analyze()) analyze();
            return new RestoreOutcome(globals, errors, repaired, warnings, finished);
        }

        // The database itself

        private void createDatabase(Session session) throws SQLException {
            var entry =
                    database.database()
                            .orElseThrow(() ->
                                    new Problem(
                                            ErrorCode.ENTRY_NOT_FOUND,
                                            "the archive does not say how its database was made",
                                            "Create the database yourself and restore into it."));
            var create = DatabaseEntries.named(entry, target.database()).getFirst();
            var tablespace = DatabaseEntries.tablespace(create);
            if (tablespace.isPresent()
                    && !session.yes(
                            "select count(*) > 0 from pg_tablespace where spcname = ?",
                            tablespace.get())) {
                create = DatabaseEntries.withoutTablespace(create);
                errors.add(
                        error(
                                entry,
                                "tablespace \"" + tablespace.get() + "\" does not exist",
                                Optional.empty(),
                                "",
                                Cause.TABLESPACE_MISSING,
                                Part.BESIDE));
            }
            try {
                session.execute(create);
            } catch (SQLException e) {
                throw notCreated(e);
            }
            if (!entry.owner().isEmpty())
                attempt(
                        session,
                        entry,
                        DatabaseEntries.owner(target.database(), entry.owner()),
                        Part.BESIDE);
            for (var properties : database.properties())
                for (var statement : DatabaseEntries.named(properties, target.database()))
                    // A connection limit could keep our own jobs out; it is set at the end.
                    if (!limitsConnections(statement))
                        attempt(session, properties, statement, Part.BESIDE);
        }

        private static boolean limitsConnections(String statement) {
            return statement.matches("ALTER DATABASE .* CONNECTION LIMIT .*");
        }

        private Problem notCreated(SQLException e) {
            var state = String.valueOf(e.getSQLState());
            if (state.equals("42P04"))
                return new Problem(
                        ErrorCode.TARGET_NOT_EMPTY,
                        target + " exists already",
                        "Choose another name, or restore into it if it is empty.",
                        e);
            var words = Globals.words(e);
            if (words.contains("locale"))
                return new Problem(
                        ErrorCode.TARGET_MISSING,
                        target + " cannot be made: " + words,
                        "Install the locale on the target's machine, or create the database yourself"
                                + " with another one and restore into it.",
                        e);
            return new Problem(
                    state.equals("42501") ? ErrorCode.PRIVILEGE_MISSING : ErrorCode.TARGET_MISSING,
                    target + " cannot be made: " + words,
                    "The role needs CREATEDB; or create the database yourself and restore into it.",
                    e);
        }

        private void apply(List<TocEntry> entries, List<String> first) {
            try (var session = Session.open(target.login(), target.maintenance())) {
                for (var entry : entries)
                    for (var statement : DatabaseEntries.named(entry, target.database()))
                        attempt(session, entry, statement, Part.BESIDE);
                for (var properties : database.properties())
                    for (var statement : DatabaseEntries.named(properties, target.database()))
                        if (limitsConnections(statement))
                            attempt(session, properties, statement, Part.BESIDE);
            }
        }

        private void attempt(Session session, TocEntry entry, String statement, Part part) {
            try {
                session.execute(statement);
            } catch (SQLException e) {
                var words = Globals.words(e);
                var said =
                        new RestoreLog.Said(
                                entry.dumpId(),
                                "could not execute query: ERROR:  " + words,
                                List.of(),
                                List.of(statement));
                var explained = diagnosis.explain(List.of(said));
                var cause = explained.isEmpty() ? Cause.OTHER : explained.getFirst().cause();
                var shown = explained.isEmpty() ? "" : explained.getFirst().statement();
                errors.add(
                        error(
                                entry,
                                words,
                                Optional.ofNullable(e.getSQLState()),
                                shown,
                                cause,
                                part));
            }
        }

        private static RestoreError error(
                TocEntry entry,
                String message,
                Optional<String> sqlState,
                String statement,
                Cause cause,
                Part part) {
            return new RestoreError(
                    entry.dumpId(),
                    entry.title(),
                    message,
                    sqlState,
                    statement,
                    cause,
                    part,
                    OptionalInt.empty());
        }

        // Objects and data

        /// What pg_restore is to take: absent for everything.
        private Optional<List<TocEntry>> entries() {
            if (options.selection().isEmpty()) return Optional.empty();
            var wanted = options.selection().get().entries();
            var existing = existingSchemas();
            var withoutSchemas = new HashSet<Integer>();
            for (var entry : wanted)
                if (entry.desc().equals("SCHEMA") && existing.contains(entry.tag()))
                    withoutSchemas.add(entry.dumpId());
            // A schema that is there keeps its owner, grants and comment too.
            return Optional.of(
                    wanted.stream()
                            .filter(entry -> !withoutSchemas.contains(entry.dumpId()))
                            .filter(entry ->
                                    !entry.tag().startsWith("SCHEMA ")
                                            || entry.dependencies().stream()
                                                    .noneMatch(withoutSchemas::contains))
                            .toList());
        }

        private Set<String> existingSchemas() {
            try (var session = Session.open(target.login(), target.database())) {
                return new HashSet<>(session.texts("select nspname from pg_namespace"));
            } catch (SQLException e) {
                throw refused(e);
            }
        }

        private List<RestoreError> pass(Optional<List<TocEntry>> entries) {
            return pass(entries, options.jobs(), options.clean());
        }

        private List<RestoreError> pass(Optional<List<TocEntry>> entries, int jobs, boolean clean) {
            var said = new ArrayList<RestoreLog.Said>();
            var ended = program(entries, jobs, clean);
            if (target.logins().changes()
                    && ended.status() != 0
                    && ended.log().jobsWereTurnedAway()) {
                // The jobs connect with the password that the program began with, after it has made
                // what precedes the data. It was too old by then: the rest, with one of now.
                said.addAll(ended.log().errors().stream().filter(Run::aboutAnEntry).toList());
                warnings.addAll(ended.log().warnings());
                var done = ended.log().serial();
                var rest =
                        entries.orElse(toc).stream()
                                .filter(entry -> !done.contains(entry.dumpId()))
                                .toList();
                ended = program(Optional.of(rest), jobs, false);
            }
            return errors(ended, said);
        }

        private static boolean aboutAnEntry(RestoreLog.Said words) {
            return !RestoreLog.turnedAway(words) && !words.first().contains("worker process died");
        }

        /// What a program said, and how it ended.
        private record Ended(RestoreLog log, int status) {}

        private Ended program(Optional<List<TocEntry>> entries, int jobs, boolean clean) {
            var list = entries.map(this::writeList);
            try {
                var manner = new PgRestore.Manner(jobs, clean, list, superuser);
                return run(
                        PgRestore.restore(
                                tools, target.login(), target.database(), archive, manner));
            } finally {
                list.ifPresent(Run::forget);
            }
        }

        private Ended run(Command command) {
            var log = new RestoreLog();
            try (var running =
                    Processes.start(
                            command,
                            line -> {
                                if (log.line(line)) options.progress().accept(line);
                            })) {
                drain(running.stdout());
                return new Ended(log, running.waitFor(options.limit()));
            }
        }

        private List<RestoreError> errors(Ended ended, List<RestoreLog.Said> before) {
            var log = ended.log();
            // After its last job it connects once more, again with the password it began with.
            var done =
                    ended.status() != 0
                            && target.logins().changes()
                            && log.onlyTheLastConnectionFailed(
                                    toc.stream().map(TocEntry::dumpId).collect(Collectors.toSet()));
            var status = done ? 0 : ended.status();
            var said = new ArrayList<>(before);
            log.errors().stream()
                    .filter(words -> !done || !RestoreLog.turnedAway(words))
                    .forEach(said::add);
            var found =
                    new ArrayList<>(
                            diagnosis.explain(
                                    said.stream()
                                            .filter(words -> !isUnknownSetting(words))
                                            .toList()));
            warnings.addAll(log.warnings());
            said.stream()
                    .filter(Run::isUnknownSetting)
                    .map(words ->
                            "the target does not know a setting: " + words.command().getFirst())
                    .distinct()
                    .forEach(warnings::add);
            // With errors it went past, it says how many. Without that line it did not get to its
            // end.
            if (status != 0 && log.ignored().isEmpty()) {
                finished = false;
                if (found.isEmpty()) found.add(stopped(status));
                return found;
            }
            // A count that was not matched by an error read is an error not understood, never none.
            if (status != 0 && said.isEmpty()) found.add(unread(log.ignored().orElse(0)));
            if (log.errorsSeen() > RestoreLog.ERRORS_KEPT)
                warnings.add(
                        log.errorsSeen() - RestoreLog.ERRORS_KEPT + " further errors not kept");
            return found;
        }

        /// A newer pg_restore begins each connection with settings that an older server does not know, as
        /// SET transaction_timeout = 0. Nothing in the database depends on them.
        private static boolean isUnknownSetting(RestoreLog.Said words) {
            return words.first().contains("unrecognized configuration parameter")
                    && !words.command().isEmpty()
                    && words.command().getFirst().matches("SET [a-z_]+ = \\S+;");
        }

        private static RestoreError stopped(int status) {
            return unknown("pg_restore ended with status " + status, Cause.STOPPED);
        }

        private static RestoreError unread(int count) {
            return unknown("pg_restore counted " + count + " errors", Cause.OTHER);
        }

        private static RestoreError unknown(String message, Cause cause) {
            return new RestoreError(
                    0,
                    "an entry that is not known",
                    message,
                    Optional.empty(),
                    "",
                    cause,
                    Part.UNKNOWN,
                    OptionalInt.empty());
        }

        // What failed, once more

        private void retry() {
            var again = new LinkedHashSet<Integer>();
            for (var error : errors)
                if (error.retryable() && rootMayHeal(error) && nothingThere(error))
                    again.add(error.entry());
            again.addAll(drowned());
            if (again.isEmpty()) return;

            // In the archive's order and by one job: that is what the first pass may have lacked.
            var entries = toc.stream().filter(entry -> again.contains(entry.dumpId())).toList();
            var second = pass(Optional.of(entries), 1, false);

            var first = errors.stream().filter(error -> again.contains(error.entry())).toList();
            errors.removeAll(first);
            errors.addAll(second);
            var stillWrong = new HashSet<Integer>();
            second.forEach(error -> stillWrong.add(error.entry()));
            // Errors that cannot be given to an entry may be any entry's.
            if (!stillWrong.contains(0))
                first.stream()
                        .filter(error -> !stillWrong.contains(error.entry()))
                        .forEach(repaired::add);
        }

        /// Parallel jobs write into each other's lines, so that an error may be lost among others. Whatever
        /// table is still empty is loaded once more: one that has no rows stays as it is, and one that
        /// failed says so where nobody else speaks.
        private List<Integer> drowned() {
            if (options.jobs() == 1 || errors.isEmpty()) return List.of();
            var named = new HashSet<Integer>();
            errors.forEach(error -> named.add(error.entry()));
            return options.selection().map(Selection::entries).orElse(toc).stream()
                    .filter(entry -> entry.desc().equals("TABLE DATA") && entry.hadData())
                    .filter(entry -> !named.contains(entry.dumpId()) && !viaRoot(entry))
                    .filter(this::isEmpty)
                    .map(TocEntry::dumpId)
                    .toList();
        }

        /// Whoever is not a superuser can give an object only to a role that may create in its schema,
        /// and the grant that says so is restored after the object. Now it is there.
        private void ownersOnceMore() {
            var refused =
                    errors.stream()
                            .filter(error ->
                                    error.cause() == Cause.PRIVILEGE_MISSING
                                            && error.part() == Part.BESIDE
                                            && OWNER.matcher(error.statement()).matches())
                            .toList();
            if (refused.isEmpty()) return;
            try (var session = Session.open(target.login(), target.database())) {
                for (var error : refused) {
                    try {
                        session.execute(error.statement());
                    } catch (SQLException stillRefused) {
                        continue;
                    }
                    errors.remove(error);
                    repaired.add(error);
                }
            }
        }

        private boolean rootMayHeal(RestoreError error) {
            if (error.follows().isEmpty()) return true;
            var root = error.follows().getAsInt();
            return errors.stream().anyMatch(other -> other.entry() == root && other.retryable());
        }

        /// Rows that are there would double. COPY is all or nothing, so a table that holds a row was not
        /// the one that failed, whatever the log seemed to say.
        private boolean nothingThere(RestoreError error) {
            var entry = toc.stream().filter(each -> each.dumpId() == error.entry()).findFirst();
            if (entry.isEmpty()) return false;
            if (!entry.get().desc().equals("TABLE DATA")) return true;
            // Loaded through the root, whose other partitions have rows: only the log can tell.
            return viaRoot(entry.get()) || isEmpty(entry.get());
        }

        private static boolean viaRoot(TocEntry entry) {
            return entry.definition().contains("load via partition root");
        }

        private boolean isEmpty(TocEntry entry) {
            var table =
                    entry.namespace().map(schema -> Identifier.quoted(schema) + ".").orElse("")
                            + Identifier.quoted(entry.tag());
            try (var session = Session.open(target.login(), target.database())) {
                return !session.yes("select exists (select from only " + table + ")");
            } catch (SQLException e) {
                return false;
            }
        }

        // The end

        private void analyze() {
            try {
                if (options.selection().isPresent()) {
                    analyzeSelected(options.selection().get());
                    return;
                }
                var done =
                        Processes.run(
                                PgRestore.analyze(
                                        tools,
                                        target.login(),
                                        target.database(),
                                        options.jobs(),
                                        superuser),
                                options.limit());
                if (!done.succeeded())
                    warnings.add("planner statistics were not gathered: " + last(done.stderr()));
            } catch (SQLException | Problem e) {
                // The data is there; a missing statistic makes it slow, not wrong.
                warnings.add("planner statistics were not gathered: " + e.getMessage());
            }
        }

        private void analyzeSelected(Selection selection) throws SQLException {
            try (var session = Session.open(target.login(), target.database())) {
                for (var entry : selection.entries())
                    if (entry.desc().equals("TABLE") || entry.desc().equals("MATERIALIZED VIEW"))
                        session.execute(
                                "ANALYZE "
                                        + Identifier.quoted(entry.namespace().orElse("public"))
                                        + "."
                                        + Identifier.quoted(entry.tag()));
            }
        }

        private Path writeList(List<TocEntry> entries) {
            try {
                Files.createDirectories(options.workFolder());
                var file = Files.createTempFile(options.workFolder(), "restore-", ".list");
                return Files.writeString(file, PgRestore.list(entries));
            } catch (IOException e) {
                throw new Problem(
                        ErrorCode.LOCAL_IO_FAILED,
                        "cannot write in " + options.workFolder(),
                        "Name a work folder that can be written and has space.",
                        e);
            }
        }

        private static void forget(Path file) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException harmless) {
                // It holds names only.
            }
        }

        private Problem refused(SQLException e) {
            return io.pgvigil.postgres.ConnectFailure.explain(
                    e, target.endpoint(), target.database());
        }
    }

    private static String last(List<String> lines) {
        return lines.isEmpty() ? "no reason given" : lines.getLast();
    }

    private static void drain(InputStream stdout) {
        // With a database to restore into it prints nothing; a pipe nobody reads could still stop
        // it.
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        stdout.transferTo(java.io.OutputStream.nullOutputStream());
                    } catch (IOException ended) {
                        // Its exit status tells.
                    }
                });
    }
}
