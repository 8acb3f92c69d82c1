package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.restore.RestoreTarget.Existence;
import io.pgvigil.postgres.sandbox.SandboxShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What a restore will do, decided before anything is done. A dry run prints it.
///
/// @param steps in order, in words
/// @param foreseen errors that are already certain; the restore goes on without these objects
/// @param refusals why it will not be done at all
/// @param space what the target needs on disk, roughly
public record RestorePlan(
        List<String> steps, List<Foreseen> foreseen, List<Problem> refusals, ByteSize space) {
    public RestorePlan {
        steps = List.copyOf(steps);
        foreseen = List.copyOf(foreseen);
        refusals = List.copyOf(refusals);
    }

    /// An error that can be told before.
    public record Foreseen(Cause cause, String what) {
        @Override
        public String toString() {
            return what + " (" + cause.explanation() + ")";
        }
    }

    private static final Pattern GRANTEE =
            Pattern.compile(" (?:TO|FROM) (\"(?:[^\"]|\"\")+\"|\\w+)");

    /// @param source the version of the archived server
    /// @param size of the archived database
    public static RestorePlan decide(
            TargetFacts facts,
            RestoreTarget target,
            List<TocEntry> toc,
            ServerVersion source,
            ByteSize size,
            RestoreOptions options) {
        return new Decision(facts, target, toc, source, size, options).plan();
    }

    public boolean allowed() {
        return refusals.isEmpty();
    }

    /// Throws the first refusal.
    public void requireAllowed() {
        if (!refusals.isEmpty()) throw refusals.getFirst();
    }

    private static final class Decision {
        private final TargetFacts facts;
        private final RestoreTarget target;
        private final List<TocEntry> archived;
        private final List<TocEntry> toc;
        private final ServerVersion source;
        private final ByteSize size;
        private final RestoreOptions options;
        private final List<String> steps = new ArrayList<>();
        private final List<Foreseen> foreseen = new ArrayList<>();
        private final List<Problem> refusals = new ArrayList<>();

        Decision(
                TargetFacts facts,
                RestoreTarget target,
                List<TocEntry> toc,
                ServerVersion source,
                ByteSize size,
                RestoreOptions options) {
            this.facts = facts;
            this.target = target;
            this.archived = toc;
            this.toc = options.selection().map(Selection::entries).orElse(toc);
            this.source = source;
            this.size = size;
            this.options = options;
        }

        RestorePlan plan() {
            version();
            globals();
            database();
            tablespaces();
            extensions();
            content();
            if (options.analyze()) steps.add("gather planner statistics");
            return new RestorePlan(steps, foreseen, refusals, size);
        }

        private void version() {
            if (facts.version().major() < source.major())
                refusals.add(
                        new Problem(
                                ErrorCode.TARGET_VERSION_TOO_OLD,
                                "the backup is of PostgreSQL "
                                        + source
                                        + " and the target runs "
                                        + facts.version(),
                                "Restore into PostgreSQL "
                                        + source.major()
                                        + " or newer; an older server does not know everything the"
                                        + " archive may hold."));
            else if (facts.version().major() == source.major()
                    && facts.version().compareTo(source) < 0)
                foreseen.add(
                        new Foreseen(
                                Cause.NEWER_THAN_TARGET,
                                "the target's minor release "
                                        + facts.version()
                                        + " is older than the source's "
                                        + source));
        }

        private void globals() {
            var missing = new TreeSet<>(neededRoles());
            missing.removeAll(facts.roles());
            var creatable = new TreeSet<String>();
            if (options.permission().createRoles() && facts.mayCreateRoles())
                options.globals().ifPresent(globals -> creatable.addAll(globals.roles()));
            creatable.removeAll(facts.roles());
            if (!creatable.isEmpty())
                steps.add("create the missing roles " + String.join(", ", creatable));
            missing.removeAll(creatable);
            for (var role : missing)
                foreseen.add(
                        new Foreseen(
                                Cause.ROLE_MISSING,
                                "role " + role + " does not exist and will not be created"));
        }

        private Set<String> neededRoles() {
            var roles = new TreeSet<String>();
            for (var entry : toc) {
                if (!entry.owner().isEmpty()) roles.add(entry.owner());
                if (!entry.desc().equals("ACL") && !entry.desc().equals("DEFAULT ACL")) continue;
                for (var statement : SqlScript.statements(entry.definition())) {
                    var grantee = GRANTEE.matcher(statement);
                    // The last: an object's own name may look like one.
                    var last = Optional.<String>empty();
                    while (grantee.find()) last = Optional.of(grantee.group(1));
                    last.filter(role -> !role.equals("PUBLIC"))
                            .map(Identifier::unquoted)
                            .ifPresent(roles::add);
                }
            }
            return roles;
        }

        private void database() {
            if (target.existence() == Existence.CREATE) {
                if (facts.exists())
                    refusals.add(
                            new Problem(
                                    ErrorCode.TARGET_NOT_EMPTY,
                                    target + " exists already" + holding(),
                                    "Choose another name, restore into it if it is empty, or replace"
                                            + " it."));
                else if (!facts.mayCreateDatabases())
                    refusals.add(
                            new Problem(
                                    ErrorCode.PRIVILEGE_MISSING,
                                    target.endpoint().user()
                                            + " may not create databases at "
                                            + target.endpoint(),
                                    "Give the role CREATEDB, or create the database yourself and"
                                            + " restore into it."));
                steps.add(
                        "create "
                                + target
                                + SandboxShape.of(archived)
                                        .map(shape -> " (" + shape + ")")
                                        .orElse(""));
                return;
            }
            if (!facts.exists()) {
                refusals.add(
                        new Problem(
                                ErrorCode.TARGET_MISSING,
                                target + " does not exist",
                                "Create it, or let the restore create it."));
                return;
            }
            // Part of a database goes into one that is in use: that is what it is for. What would
            // be in
            // its way is named by the restore itself.
            if (facts.found().count() > 0 && options.selection().isEmpty() && !options.clean())
                refusals.add(
                        new Problem(
                                ErrorCode.TARGET_NOT_EMPTY,
                                target + " is not empty" + holding(),
                                "Restore into an empty or a new database, or say that its objects may"
                                        + " be dropped."));
            if (options.clean())
                steps.add(
                        "drop from " + target + " whatever the archive holds under the same name");
            encoding();
        }

        private void encoding() {
            var encoding = SandboxShape.of(archived).map(SandboxShape::encoding);
            if (encoding.isPresent()
                    && facts.encoding().isPresent()
                    && !encoding.equals(facts.encoding()))
                foreseen.add(
                        new Foreseen(
                                Cause.OTHER,
                                "the backup is in "
                                        + encoding.get()
                                        + " and the target in "
                                        + facts.encoding().get()
                                        + "; text that does not fit is refused, table by table"));
        }

        private String holding() {
            if (facts.found().count() == 0) return "";
            var more = facts.found().count() - facts.found().names().size();
            return ": it holds "
                    + String.join(", ", facts.found().names())
                    + (more > 0 ? " and " + more + " more" : "");
        }

        private void tablespaces() {
            var needed = new TreeSet<String>();
            toc.forEach(entry -> entry.tablespace().ifPresent(needed::add));
            if (target.existence() == Existence.CREATE)
                new DatabaseEntries(archived)
                        .database()
                        .flatMap(entry -> DatabaseEntries.tablespace(entry.definition()))
                        .ifPresent(needed::add);
            needed.remove("");
            needed.removeAll(facts.tablespaces());
            var known = options.globals().map(Globals::tablespaces).orElse(List.of());
            for (var tablespace : needed) {
                if (known.contains(tablespace) && options.permission().mapped().test(tablespace))
                    steps.add("create the tablespace " + tablespace);
                else
                    foreseen.add(
                            new Foreseen(
                                    Cause.TABLESPACE_MISSING,
                                    "tablespace " + tablespace + " does not exist on the target"));
            }
        }

        private void extensions() {
            for (var entry : toc)
                if (entry.desc().equals("EXTENSION") && !facts.extensions().contains(entry.tag()))
                    foreseen.add(
                            new Foreseen(
                                    Cause.EXTENSION_MISSING,
                                    "extension "
                                            + entry.tag()
                                            + " is not installed at the target"));
        }

        private void content() {
            var tables = toc.stream().filter(entry -> entry.desc().equals("TABLE DATA")).count();
            steps.add(
                    "restore "
                            + toc.size()
                            + " entries, among them the rows of "
                            + tables
                            + (tables == 1 ? " table" : " tables")
                            + ", with "
                            + options.jobs()
                            + (options.jobs() == 1 ? " job" : " jobs"));
            steps.add("try once more what failed for want of something else");
            options.selection()
                    .ifPresent(selection ->
                            selection
                                    .needed()
                                    .forEach(need -> steps.add("expect to find " + need)));
        }
    }
}
