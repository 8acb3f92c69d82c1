package io.pgvigil.core.doctor;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.cost.Assumptions;
import io.pgvigil.core.cost.Estimate;
import io.pgvigil.core.cost.PriceList;
import io.pgvigil.core.doctor.Examination.Item;
import io.pgvigil.core.doctor.Examination.Line;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.watch.Readiness.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What follows from what was seen.
public final class ExaminationRules {
    /// The copy itself, and the slot that holds the log for it.
    static final int SENDERS_OF_A_COPY = 2;

    private final AutoKind auto;

    public ExaminationRules(AutoKind auto) {
        this.auto = auto;
    }

    /// Of a database that let nobody in.
    public Examination refused(String place, DatabaseName database, String role, Problem problem) {
        return new Examination(
                place,
                database,
                role,
                List.of(
                        new Line(
                                Item.CONNECTION,
                                Mark.NOT_READY,
                                problem.what(),
                                Optional.of(problem.hint()))),
                Optional.empty(),
                Optional.empty(),
                problem.code() == ErrorCode.PRIVILEGE_MISSING
                        ? List.of(Remedies.connect(role, database))
                        : List.of(),
                List.of());
    }

    public Examination judge(String place, Sight sight, Wish wish) {
        var choice = choice(sight);
        var kind =
                switch (wish.kind()) {
                    case AUTO -> choice.kind();
                    case LOGICAL -> BackupKind.LOGICAL;
                    case PHYSICAL -> BackupKind.PHYSICAL;
                };
        var wanted = wish.with(kind);
        var bytes = kind == BackupKind.LOGICAL ? sight.server().database() : sight.server().bytes();
        return new Examination(
                place,
                sight.database(),
                sight.role().name(),
                List.of(
                        connection(sight),
                        size(sight),
                        logical(sight, wanted),
                        physical(sight, wanted),
                        wal(sight, wanted),
                        drill(sight, wish)),
                wish.kind() == KindChoice.AUTO ? Optional.of(choice) : Optional.empty(),
                Optional.of(
                        Estimate.of(
                                kind, bytes.bytes(), Assumptions.STANDARD, PriceList.US_EAST_1)),
                Remedies.of(sight, wanted),
                notes(sight));
    }

    private AutoKind.Choice choice(Sight sight) {
        return auto.decide(
                new AutoKind.Facts(
                        sight.server().largest().bytes(),
                        copying(sight).map(Trouble::what).findFirst()));
    }

    private static Line connection(Sight sight) {
        var server = sight.server();
        return new Line(
                Item.CONNECTION,
                Mark.READY,
                "PostgreSQL %s at %s%s%s, as %s%s"
                        .formatted(
                                server.version(),
                                sight.endpoint(),
                                server.service().managed()
                                        ? " (" + server.service().words() + ")"
                                        : "",
                                server.inRecovery() ? ", a standby" : "",
                                sight.role().name(),
                                sight.role().superuser() ? ", a superuser" : ""),
                Optional.empty());
    }

    private static Line size(Sight sight) {
        var server = sight.server();
        return new Line(
                Item.SIZE,
                Mark.READY,
                "%s, of %s in %d databases%s"
                        .formatted(
                                server.database(),
                                server.bytes(),
                                server.databases(),
                                server.closed() > 0
                                        ? ", without %d that %s may not measure"
                                                .formatted(server.closed(), sight.role().name())
                                        : ""),
                Optional.empty());
    }

    private static Line logical(Sight sight, Wish wish) {
        var closed = sight.readable().closed().words();
        var troubles = new ArrayList<Trouble>();
        sight.programs().dump().missing().ifPresent(troubles::add);
        if (!closed.isEmpty())
            troubles.add(
                    new Trouble(
                            sight.role().name() + " may not read everything: " + some(closed),
                            "pg_dump fails rather than dump a part. Run the SQL below."));
        return line(
                Item.LOGICAL,
                wish.logical(),
                troubles,
                "%s may read every table, sequence and large object; pg_dump %s"
                        .formatted(
                                sight.role().name(), sight.programs().dump().found().orElse("")));
    }

    private static Line physical(Sight sight, Wish wish) {
        var service = sight.server().service();
        if (service.managed()) return ofTheService(Item.PHYSICAL, wish.physical(), service);
        var tablespaces = sight.server().tablespaces();
        return line(
                Item.PHYSICAL,
                wish.physical(),
                copying(sight).toList(),
                "%s may copy the server; %d of %d WAL senders and %d of %d slots are free; pg_basebackup %s%s"
                        .formatted(
                                sight.role().name(),
                                sight.log().sendersFree(),
                                sight.log().senders(),
                                sight.log().slotsFree(),
                                sight.log().slots(),
                                sight.programs().copy().found().orElse(""),
                                tablespaces == 0
                                        ? ""
                                        : "; with %d tablespaces it goes through a disk, which needs about %s"
                                                .formatted(
                                                        tablespaces,
                                                        ByteSize.of(
                                                                sight.server().bytes().bytes()
                                                                        / 10
                                                                        * 11))));
    }

    /// What keeps the server from being copied.
    private static Stream<Trouble> copying(Sight sight) {
        var service = sight.server().service();
        return Stream.of(
                        service.managed()
                                ? Optional.of(closedBy(service))
                                : Optional.<Trouble>empty(),
                        replicating(sight),
                        senders(sight, SENDERS_OF_A_COPY),
                        slots(sight),
                        sight.programs().copy().missing())
                .flatMap(Optional::stream);
    }

    private static Line wal(Sight sight, Wish wish) {
        var service = sight.server().service();
        if (service.managed()) return ofTheService(Item.WAL, wish.wal(), service);
        var limit = sight.log().slotLimit();
        return line(
                Item.WAL,
                wish.wal(),
                Stream.of(
                                replicating(sight),
                                senders(sight, 1),
                                slots(sight),
                                limit.isPresent()
                                        ? Optional.<Trouble>empty()
                                        : Optional.of(
                                                new Trouble(
                                                        "max_slot_wal_keep_size is -1: a slot that"
                                                                + " nobody reads would fill the server's"
                                                                + " disk",
                                                        "Set it to what the disk under pg_wal can"
                                                                + " spare, with the SQL below.")))
                        .flatMap(Optional::stream)
                        .toList(),
                "wal_level is %s, slots may keep %s of WAL, %d of %d are free"
                        .formatted(
                                sight.log().level(),
                                ByteSize.of(limit.orElse(0) << 20),
                                sight.log().slotsFree(),
                                sight.log().slots()));
    }

    private static Optional<Trouble> replicating(Sight sight) {
        if (sight.log().level().equals("minimal"))
            return Optional.of(
                    new Trouble(
                            "wal_level is minimal",
                            "Set wal_level = replica and restart the server."));
        if (!sight.role().replication())
            return Optional.of(
                    new Trouble(
                            sight.role().name() + " lacks REPLICATION",
                            "Run the SQL below; pg_hba.conf needs a line for replication, too: hostssl"
                                    + " replication "
                                    + sight.role().name()
                                    + " <address>/32 scram-sha-256"));
        return sight.log().refused();
    }

    private static Optional<Trouble> senders(Sight sight, int needed) {
        return sight.log().sendersFree() >= needed
                ? Optional.empty()
                : Optional.of(
                        new Trouble(
                                "%d of %d WAL senders are free, and %d are needed"
                                        .formatted(
                                                sight.log().sendersFree(),
                                                sight.log().senders(),
                                                needed),
                                "Raise max_wal_senders with the SQL below and restart the server."));
    }

    private static Optional<Trouble> slots(Sight sight) {
        return sight.log().slotsFree() > 0
                ? Optional.empty()
                : Optional.of(
                        new Trouble(
                                "all %d replication slots are taken".formatted(sight.log().slots()),
                                "Drop one that nobody reads (select * from pg_replication_slots), or"
                                        + " raise max_replication_slots with the SQL below and restart"
                                        + " the server."));
    }

    private static Line ofTheService(Item item, boolean asked, Service service) {
        if (!asked || !service.watched()) return line(item, asked, List.of(closedBy(service)), "");
        return new Line(
                item,
                Mark.UNKNOWN,
                closedBy(service).what()
                        + "; its own automated backups take their place, and watch asks for them",
                Optional.of(
                        "Are they on? A stack's watch announces managed.missing when they are not."));
    }

    private static Trouble closedBy(Service service) {
        return new Trouble(
                service.words() + " gives nobody a server's files or its WAL",
                service.watched()
                        ? "Turn its automated backups on; logical backups work beside them."
                        : "Leave physical and wal out of the profile; logical backups work.");
    }

    private static Line drill(Sight sight, Wish wish) {
        var service = sight.server().service();
        if (service.watched() && provenByTheService(wish))
            return new Line(
                    Item.DRILL,
                    Mark.UNKNOWN,
                    "a drill has "
                            + service.words()
                            + " restore the server into a temporary one and reads that; nothing is needed"
                            + " here",
                    Optional.of(
                            wish.placed()
                                    ? "Is the stack deployed with AllowRdsDrills=true?"
                                    : "Say in drill.rds of the profile where temporary servers are made."));
        return line(
                Item.DRILL,
                wish.drill(),
                sight.programs().server().missing().stream().toList(),
                "a temporary instance can be made here of "
                        + sight.programs().server().found().orElse(""));
    }

    /// Of a server whose files and log are nobody's, only dumps are proven in the sandbox.
    private static boolean provenByTheService(Wish wish) {
        var sandbox = wish.drill() && wish.logical();
        return !sandbox && (wish.drill() || wish.placed()) && (wish.physical() || wish.wal());
    }

    private static Line line(Item item, boolean asked, List<Trouble> troubles, String works) {
        if (troubles.isEmpty())
            return new Line(
                    item,
                    asked ? Mark.READY : Mark.NOT_ASKED,
                    asked ? works : "would work: " + works,
                    Optional.empty());
        var what = troubles.stream().map(Trouble::what).collect(Collectors.joining("; "));
        return new Line(
                item,
                asked ? Mark.NOT_READY : Mark.NOT_ASKED,
                asked ? what : "would not work: " + what,
                Optional.of(
                        troubles.stream()
                                .map(Trouble::hint)
                                .distinct()
                                .collect(Collectors.joining(" "))));
    }

    /// What would be missing from a backup that is made all the same, and what a standby may miss.
    private static List<String> notes(Sight sight) {
        var notes = new ArrayList<String>();
        var readable = sight.readable();
        if (!sight.role().superuser()) {
            if (readable.subscriptions() > 0)
                notes.add(
                        readable.subscriptions()
                                + " subscriptions are dumped by a superuser only: write them down");
            if (readable.userMappings() > 0)
                notes.add(
                        "the options of "
                                + readable.userMappings()
                                + " user mappings are shown to a superuser only: write them down");
        }
        if (!sight.role().readsPasswords())
            notes.add(
                    sight.role().name()
                            + " may not read pg_authid: roles are stored without their passwords");
        if (sight.programs().dump().older())
            notes.add(
                    "pg_dump is older than the server: such a backup counts as proven after a drill"
                            + " only");
        standbys(sight).ifPresent(notes::add);
        return notes;
    }

    /// Copies of this server hold a slot of their own; its standbys are another matter. A service that runs
    /// the server looks after them itself.
    private static Optional<String> standbys(Sight sight) {
        var names = sight.log().withoutSlot();
        if (names.isEmpty() || sight.log().keep() > 0 || sight.server().service().managed())
            return Optional.empty();
        return Optional.of(
                (names.size() == 1 ? "standby %s uses no slot" : "the standbys %s use no slots")
                                .formatted(some(names))
                        + ", and wal_keep_size is 0: once one falls behind, the WAL that it still needs may"
                        + " be gone from here. Unless it finds that in an archive, it and what is backed up"
                        + " from it get no newer. Set primary_slot_name there, or wal_keep_size here");
    }

    private static final int NAMED = 5;

    private static String some(List<String> names) {
        return names.size() <= NAMED
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, NAMED))
                        + " and "
                        + (names.size() - NAMED)
                        + " more";
    }
}
