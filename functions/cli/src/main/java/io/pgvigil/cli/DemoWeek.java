package io.pgvigil.cli;

import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.report.Reports;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.watch.Findings;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Days of a small database, one after the other, with a night on which the backup fails and one on
/// which the drill does: what pgvigil would have told, and when.
///
/// The clock is ours and the rest is real: the server, the backups, the restores, the looks.
final class DemoWeek {
    static final int FEWEST = 4;
    static final int MOST = 31;

    static final ServerName SERVER = new ServerName("demo");
    static final DatabaseName BAKERY = new DatabaseName("bakery");
    private static final String ROLE = "backup";
    private static final String SECRET = "PGVIGIL_DEMO_PASSWORD";

    private static final LocalTime BACKUP = LocalTime.of(2, 30);
    private static final LocalTime LOOK = LocalTime.of(3, 15);
    private static final LocalTime DRILL = LocalTime.of(4, 30);
    private static final LocalTime CLEANING = LocalTime.of(5, 20);
    private static final LocalTime MORNING = LocalTime.of(6, 0);
    private static final LocalTime REPAIR = LocalTime.of(8, 0);
    private static final LocalTime AFTERWARDS = LocalTime.of(8, 15);
    static final LocalTime END = LocalTime.of(9, 0);

    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");
    private static final int WIDTH = 92;
    private static final String INDENT = " ".repeat(9);

    private static final String RULES =
            """
            store: %s
            servers:
              demo:
                connect: { host: %s, port: %d, user: backup, secret: "env:PGVIGIL_DEMO_PASSWORD" }
                databases: [bakery]
                profile: demo
            profiles:
              demo:
                logical: "daily 02:30 UTC"
                drill: "daily 04:30 UTC"
                keep: { daily: 7, weekly: 4 }
                rpo: 26h
                rto: 1h
                checks: [ { sql: "select count(*) > 1000 from app.orders" } ]
            """;

    private final DemoServer server;
    private final StoreUri.Directory uri;
    private final ObjectStore store;
    private final Configuration configuration;
    private final LocalDate last;
    private final int days;
    private final PrintStream out;
    private final List<String> told = new ArrayList<>();
    private String secret = "first";
    private Instant now = Instant.EPOCH;
    private List<Finding> standing = List.of();

    /// @param last the last of the days
    DemoWeek(DemoServer server, StoreUri.Directory uri, LocalDate last, int days, PrintStream out) {
        this.server = server;
        this.uri = uri;
        this.last = last;
        this.days = days;
        this.out = out;
        store = Stores.open(uri, System.getenv());
        var endpoint = server.login().endpoint();
        var text = RULES.formatted(uri, endpoint.host(), endpoint.port());
        configuration = ConfigurationReader.read(text, "the demo's configuration");
        store.create(Layout.CONFIG, text.getBytes(StandardCharsets.UTF_8));
    }

    /// What was told, `event subject`, in that order.
    List<String> told() {
        return List.copyOf(told);
    }

    /// The findings that stand at the end.
    List<Finding> standing() {
        return standing;
    }

    /// Lets the days pass and makes the page as of the last morning.
    Reports.Pages pass() throws IOException {
        server.load("bakery.sql");
        server.sql("postgres", "create role " + ROLE + " superuser login password 'first'");
        var first = last.minusDays(days - 1L);
        at(first.minusDays(1), LocalTime.of(18, 0));
        out.println();
        out.println("The evening before: the timetable is stored, and nothing is backed up yet.");
        look();
        for (var number = 1; number <= days; number++) day(number, first.plusDays(number - 1L));
        at(last, END);
        look();
        return LocalReports.of(store, source(), clock()).make(now);
    }

    private int failedNight() {
        return Math.max(2, days * 3 / 7);
    }

    private int failedDrill() {
        return Math.max(3, days * 5 / 7);
    }

    private void day(int number, LocalDate date) {
        out.println();
        out.println(date.format(DAY));
        var orders = 60 + number * 17 % 50;
        server.sql(
                BAKERY.value(), "call app.day(date '%s', %d)".formatted(date.minusDays(1), orders));
        aside("The day before brought " + orders + " orders.");
        if (number == failedNight()) {
            aside("In the evening somebody changed the password of the role that backs up.");
            password("second");
        }

        at(date, BACKUP);
        run(tick());
        at(date, LOOK);
        look();

        if (number == failedDrill()) {
            aside("Now one bit of what was stored turns, as a disk would do it.");
            turnBit();
        }
        at(date, DRILL);
        run(tick());
        at(date, CLEANING);
        run(this::clean);
        at(date, MORNING);
        look();

        if (number == failedNight()) {
            aside("At eight somebody reads this, gives pgvigil the new password and backs up.");
            secret = "second";
            at(date, REPAIR);
            run(this::backUp);
            at(date, AFTERWARDS);
            look();
        }
    }

    // What happens

    private void password(String next) {
        server.sql("postgres", "alter role " + ROLE + " password '" + next + "'");
    }

    private void turnBit() {
        var newest =
                new Catalog(store)
                        .backups(new Catalog.Filter(Optional.of(SERVER), Optional.of(BAKERY)))
                        .getLast();
        DemoCommand.flipBit(uri.path().resolve(newest.object("data").key().value()));
    }

    private Consumer<Functions> tick() {
        return functions -> functions.call("backup", Json.bytes(Map.of("tick", now.toString())));
    }

    /// As the stack's schedule asks for it every morning.
    private void clean(Functions functions) {
        functions.call(
                "retention", Json.bytes(Map.of("action", "apply", "scheduled", now.toString())));
    }

    private void backUp(Functions functions) {
        functions.call(
                "backup",
                Json.bytes(
                        new BackupRequested(
                                Optional.of(SERVER),
                                List.of(BAKERY),
                                Optional.of(BackupKind.LOGICAL),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty())));
    }

    private void run(Consumer<Functions> deed) {
        try (var screen = Screen.of(true)) {
            var functions =
                    Functions.demo(
                            uri,
                            configuration,
                            Map.of(SECRET, secret, "PGVIGIL_CLOCK_AHEAD", ahead() + ""),
                            screen,
                            clock(),
                            this::tell);
            deed.accept(functions);
            functions.await();
        }
    }

    private void look() {
        run(tick());
        var before = told.size();
        standing =
                new Findings(
                                store,
                                source(),
                                new Announcements(store, Optional.of(this::tell), clock()),
                                Findings.KeySight.NONE,
                                StateLog.SILENT,
                                // The files of the store have the machine's times.
                                InstantSource.system())
                        .look(now)
                        .findings();
        if (told.size() == before)
            line(
                    standing.isEmpty()
                            ? "watch: nothing is found"
                            : "watch: nothing new, "
                                    + standing.size()
                                    + (standing.size() == 1 ? " finding" : " findings")
                                    + " as before");
    }

    // The clock

    private void at(LocalDate date, LocalTime time) {
        now = date.atTime(time).toInstant(ZoneOffset.UTC);
    }

    private Duration ahead() {
        return Duration.between(Instant.now(), now);
    }

    private InstantSource clock() {
        return Clock.offset(Clock.systemUTC(), ahead());
    }

    private ConfigurationSource source() {
        return ConfigurationSource.fixed(Optional.of(configuration));
    }

    // What is seen

    private void tell(Announcement news) {
        told.add(news.event() + " " + news.subject());
        var mark = news.event().startsWith("finding.") ? "watch: " : "";
        var loud = news.severity() == Announcement.Severity.INFO ? "" : news.severity() + "  ";
        var recovery =
                Optional.ofNullable(news.details().get("recoverySeconds"))
                        .filter(_ -> news.severity() == Announcement.Severity.INFO)
                        .map(seconds ->
                                ", recovery took " + Screen.seconds(Double.parseDouble(seconds)));
        line(mark + loud + news.headline() + recovery.orElse(""));
        if (news.severity() != Announcement.Severity.INFO)
            news.text().strip().lines().forEach(this::wrapped);
    }

    private void line(String text) {
        out.println("  " + TIME.format(now.atOffset(ZoneOffset.UTC)) + "  " + text);
    }

    private void aside(String text) {
        out.println(INDENT + "-- " + text);
    }

    private void wrapped(String text) {
        var line = new StringBuilder();
        for (var word : text.strip().split(" +")) {
            if (!line.isEmpty() && line.length() + word.length() >= WIDTH) {
                out.println(INDENT + "| " + line);
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        if (!line.isEmpty()) out.println(INDENT + "| " + line);
    }
}
