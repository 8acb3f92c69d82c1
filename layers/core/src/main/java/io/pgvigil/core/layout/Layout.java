package io.pgvigil.core.layout;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.TimelineId;
import java.util.Locale;

/// The keys of a store, in one place. `docs/formats.md` shows them as a picture.
public final class Layout {
    public static final String MANIFEST = "manifest.json";
    public static final String DATA = "data.pgdump.zst";
    public static final String GLOBALS = "globals.sql.zst";
    public static final String BASE = "base.tar.zst";
    public static final String BACKUP_MANIFEST = "backup_manifest.zst";
    public static final String FACTS = "facts.json";
    public static final String LOG = "log.txt";
    public static final String RUNS = "runs/";
    public static final String SEGMENT_SUFFIX = ".zst";
    public static final String HARVESTS = "harvests/";
    public static final String LEASES = "leases/";
    public static final String RETENTION = "retention/";
    public static final String OPEN_RUNS = RUNS + "open/";

    /// The operator's own document.
    public static final ObjectKey CONFIG = new ObjectKey("config.yaml");

    /// Up to when it is known what fell due.
    public static final ObjectKey TICK = new ObjectKey("schedule/tick.json");

    /// The last configuration that was without fault.
    public static final ObjectKey ACCEPTED = new ObjectKey("schedule/config.accepted.yaml");

    /// Which faulty configuration was announced.
    public static final ObjectKey REJECTED = new ObjectKey("schedule/config.rejected.json");

    public static final String REPORT = "report/";

    /// What is remembered of every backup and drill.
    public static final ObjectKey HISTORY = new ObjectKey(REPORT + "history.json.gz");

    /// What watch found, and what is to be told of it.
    public static final ObjectKey WATCH = new ObjectKey(REPORT + "watch.json");

    /// When everybody who is told last heard a test.
    public static final ObjectKey CHANNELS = new ObjectKey(REPORT + "channels.json");

    /// What retention decided last, for the page.
    public static final ObjectKey RETENTION_NOTE = new ObjectKey(REPORT + "retention.json");

    /// The page for people.
    public static final ObjectKey PAGE = new ObjectKey(REPORT + "index.html");

    /// Written by whoever begins to make the page, before he looks.
    public static final ObjectKey PAGE_BEGUN = new ObjectKey(REPORT + "begun.json");

    /// What the page says, for programs.
    public static final ObjectKey PAGE_DATA = new ObjectKey(REPORT + "report.json");

    /// Every drill as a table.
    public static final ObjectKey PROOFS = new ObjectKey(REPORT + "proofs.csv");

    /// A server's log lies below, and no database's backups.
    public static final String WAL_FOLDER = "_wal";

    public static final String COPIES = "copies/";

    private static final String DRILLS = "drills/";
    private static final int STORE_DIGITS = 16;

    private Layout() {}

    /// Ends with a slash, so that `app` never finds `app_test`.
    public static String folder(ServerName server, DatabaseName database) {
        return server + "/" + database.folder() + "/";
    }

    /// Everything of one backup, manifest included.
    public static String folder(ServerName server, DatabaseName database, BackupId backup) {
        return folder(server, database) + backup + "/";
    }

    public static ObjectKey of(
            ServerName server, DatabaseName database, BackupId backup, String name) {
        return new ObjectKey(folder(server, database, backup) + name);
    }

    /// What is written down of a backup's copies.
    public static String copies(ServerName server, DatabaseName database, BackupId backup) {
        return folder(server, database, backup) + COPIES;
    }

    /// What is written down of its copy in one other store, which the name stands for.
    public static ObjectKey copy(
            ServerName server, DatabaseName database, BackupId backup, StoreUri to) {
        return copy(server, database, backup, named(to));
    }

    /// The same by the short name of that store.
    public static ObjectKey copy(
            ServerName server, DatabaseName database, BackupId backup, String to) {
        return new ObjectKey(copies(server, database, backup) + to + ".json");
    }

    /// That something that came later lies there, too: a drill's verdict by its run, or log.
    public static ObjectKey copiedLater(
            ServerName server, DatabaseName database, BackupId backup, StoreUri to, String what) {
        return new ObjectKey(copies(server, database, backup) + named(to) + "/" + what + ".json");
    }

    /// A short name for a store, the same for ever.
    public static String named(StoreUri store) {
        return Sha256.hex(store.place()).substring(0, STORE_DIGITS);
    }

    public static ObjectKey drill(ServerName server, DatabaseName database, RunId drill) {
        return new ObjectKey(drills(server, database) + drill + ".json");
    }

    /// How to bring a database back, for people; written anew after each drill.
    public static ObjectKey runbook(ServerName server, DatabaseName database) {
        return new ObjectKey(folder(server, database) + "runbook.md");
    }

    public static String drills(ServerName server, DatabaseName database) {
        return folder(server, database) + DRILLS;
    }

    public static ObjectKey run(RunId run) {
        return new ObjectKey(RUNS + run + ".json");
    }

    /// When a request without a due time was first heard of.
    public static ObjectKey request(String request) {
        return new ObjectKey(RUNS + request + ".request.json");
    }

    public static ObjectKey report(RunId run) {
        return new ObjectKey(RUNS + run + ".report.json");
    }

    public static ObjectKey progress(RunId run) {
        return new ObjectKey(RUNS + run + ".progress.json");
    }

    public static ObjectKey restoreRecord(RunId run) {
        return new ObjectKey(RUNS + run + ".restore.json");
    }

    /// What a service restored into a new server.
    public static ObjectKey managedRestore(RunId run) {
        return new ObjectKey(RUNS + run + ".rds.json");
    }

    /// A server's log, apart for each system identifier: a rebuilt server begins another one.
    public static String wal(ServerName server, SystemIdentifier system) {
        return server + "/_wal/" + system + "/";
    }

    /// @param name of a segment or of part of one
    public static ObjectKey segment(
            ServerName server, SystemIdentifier system, TimelineId timeline, String name) {
        return new ObjectKey(wal(server, system) + timeline.digits() + "/" + name + SEGMENT_SUFFIX);
    }

    public static ObjectKey history(
            ServerName server, SystemIdentifier system, TimelineId timeline) {
        return new ObjectKey(wal(server, system) + timeline.historyFile());
    }

    /// What one harvest learned.
    public static ObjectKey harvest(ServerName server, SystemIdentifier system, RunId run) {
        return new ObjectKey(wal(server, system) + HARVESTS + run + ".json");
    }

    /// Where an `archive_command` leaves log for the next harvest.
    public static String incoming(ServerName server) {
        return server + "/_wal/incoming/";
    }

    /// What of it was adopted. No server's name begins with an underscore.
    public static ObjectKey adopted(ServerName server) {
        return new ObjectKey("leases/_incoming/" + server + ".json");
    }

    /// What was said of a server that a service backs up.
    public static ObjectKey managed(ServerName server) {
        return new ObjectKey(RUNS + "managed/" + server + ".announced.json");
    }

    /// What an always-on harvest had learned by the n-th time it wrote it down.
    public static ObjectKey harvest(
            ServerName server, SystemIdentifier system, RunId run, int number) {
        return new ObjectKey(wal(server, system) + HARVESTS + run + "-" + number + ".json");
    }

    /// Held by whoever harvests a server's log.
    public static ObjectKey walLease(ServerName server) {
        return new ObjectKey("leases/" + server + "/_wal/harvest.json");
    }

    /// There while a run is not over.
    public static ObjectKey openRun(ServerName server, RunId run) {
        return new ObjectKey(openRuns(server) + run + ".json");
    }

    public static String openRuns(ServerName server) {
        return OPEN_RUNS + server + "/";
    }

    /// Who announced how a run ended.
    public static ObjectKey announced(RunId run) {
        return new ObjectKey(RUNS + run + ".announced.json");
    }

    /// Room for one run of a server. No server's name begins with an underscore.
    public static ObjectKey slot(ServerName server, int number) {
        return new ObjectKey(slots(server) + number + ".json");
    }

    public static String slots(ServerName server) {
        return "leases/_slots/" + server + "/";
    }

    /// The temporary instance in RDS that a drill is about to make.
    public static ObjectKey instanceRecord(RunId run) {
        return new ObjectKey(RUNS + run + ".instance.json");
    }

    /// Held by whoever backs up a database: one dump of it at a time.
    public static ObjectKey backupLease(ServerName server, DatabaseName database) {
        return new ObjectKey("leases/" + folder(server, database) + "backup.json");
    }

    /// Held by whoever deletes.
    public static ObjectKey retentionLease() {
        return new ObjectKey("leases/_retention.json");
    }

    /// Leases of those who read a backup.
    public static String readLeases(ServerName server, DatabaseName database, BackupId backup) {
        return LEASES + folder(server, database, backup);
    }

    /// What was decided and done at a time.
    public static ObjectKey retentionRecord(String time, String what) {
        return new ObjectKey(RETENTION + time + "-" + what + ".json");
    }

    public static ObjectKey hold(ServerName server, DatabaseName database, BackupId backup) {
        return new ObjectKey(RETENTION + "holds/" + folder(server, database) + backup + ".json");
    }

    /// A person's word that a backup's unusual size is right.
    public static ObjectKey accepted(ServerName server, DatabaseName database, BackupId backup) {
        return new ObjectKey(RETENTION + "accepted/" + folder(server, database) + backup + ".json");
    }

    /// What the backups of one kind usually look like.
    public static ObjectKey usual(ServerName server, DatabaseName database, BackupKind kind) {
        return ofKind("usual/", server, database, kind);
    }

    /// Where the backups of one kind were told to move.
    public static ObjectKey tiers(ServerName server, DatabaseName database, BackupKind kind) {
        return ofKind("tiers/", server, database, kind);
    }

    /// How the backups of one kind were locked.
    public static ObjectKey locks(ServerName server, DatabaseName database, BackupKind kind) {
        return ofKind("locks/", server, database, kind);
    }

    private static ObjectKey ofKind(
            String what, ServerName server, DatabaseName database, BackupKind kind) {
        return new ObjectKey(
                RETENTION
                        + what
                        + folder(server, database)
                        + kind.name().toLowerCase(Locale.ROOT)
                        + ".json");
    }

    /// Written before a backup is deleted and removed when nothing of it is left.
    public static ObjectKey deleting(ServerName server, DatabaseName database, BackupId backup) {
        return new ObjectKey(RETENTION + "deleting/" + folder(server, database) + backup + ".json");
    }

    public static final String HOLDS = RETENTION + "holds/";

    public static String leases(ServerName server) {
        return "leases/" + server + "/";
    }

    /// Held by whoever reads a backup, so that retention leaves it alone.
    public static ObjectKey readLease(
            ServerName server, DatabaseName database, BackupId backup, RunId reader) {
        return new ObjectKey(
                "leases/" + folder(server, database) + backup + "/" + reader + ".json");
    }
}
