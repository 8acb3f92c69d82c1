package io.pgvigil.wire.config;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Connect;
import io.pgvigil.core.config.CopyPlace;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.Drills;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.NamePattern;
import io.pgvigil.core.config.NotifyTarget;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.SecretReference;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.drill.InstanceRules;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import io.pgvigil.core.schedule.Zones;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreUri;
import java.io.StringReader;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/// Reads the configuration strictly and complains about everything at once.
///
/// - **Nothing is guessed:** an unknown key, a repeated key or a value of the wrong type is a
///   complaint, never ignored.
/// - **All at once:** one [Problem] lists every complaint with its path and line. Only a document
///   that is not YAML at all stops at its first error.
/// - **No secrets:** a value that could be a password is never part of a message.
public final class ConfigurationReader {
    /// A thousand servers fit in a tenth of it.
    private static final int LARGEST_DOCUMENT = 1 << 20;

    private static final int DEEPEST_NESTING = 20;

    private static final String SAMPLE =
            """
            store: s3://sample-bucket/pg
            servers:
              sample: { connect: { host: sample, user: backup }, databases: [sample], profile: production }
            """;

    private static final Pattern PROFILE_NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    private static final Pattern TAB_INDENT = Pattern.compile("^ *\\t");

    private final Complaints complaints = new Complaints();
    private final String source;

    private ConfigurationReader(String source) {
        this.source = source;
    }

    /// Loads beforehand what reading a document needs.
    public static void prepare() {
        var unused = read(SAMPLE, "a sample");
    }

    /// Reads a document.
    ///
    /// @param sourceName what the document is called in messages, usually its file name
    /// @throws Problem `CONFIG_INVALID` with every complaint
    public static Configuration read(String yaml, String sourceName) {
        return new ConfigurationReader(sourceName).read(yaml);
    }

    /// What a connection URL on the command line amounts to: one server, nothing scheduled.
    ///
    /// Retention still follows the `production` profile, the most careful of the three.
    public static Configuration oneServer(
            StoreUri store, ServerName name, Connect connect, Databases databases) {
        var profiles = Profile.defaults();
        var production = profiles.get("production");
        var server =
                new ServerConfig(
                        connect,
                        databases,
                        "production",
                        unscheduled(Objects.requireNonNull(production)),
                        Selection.EVERYTHING,
                        Limits.DEFAULT);
        return new Configuration(store, Map.of(name, server), profiles);
    }

    private static Profile unscheduled(Profile profile) {
        return new Profile(
                profile.kind(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Drills.NEVER,
                Optional.empty(),
                Optional.empty(),
                profile.keep(),
                profile.tiers(),
                Lock.NONE,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    /// Every setting that exists, as a path: `servers.NAME.connect.host`.
    public static SortedSet<String> settings() {
        var settings = new TreeSet<String>();
        add(settings, "", Keys.TOP);
        add(settings, "servers.NAME.", Keys.SERVER);
        add(settings, "servers.NAME.connect.", Keys.CONNECT);
        add(settings, "servers.NAME.logical.", Keys.SELECTION);
        add(settings, "servers.NAME.limits.", Keys.LIMITS);
        add(settings, "profiles.NAME.", Keys.PROFILE);
        add(settings, "profiles.NAME.drill.", Keys.DRILL);
        add(settings, "profiles.NAME.drill.accept[].", Keys.ACCEPT);
        add(settings, "profiles.NAME.drill.rds.", Keys.RDS);
        add(settings, "profiles.NAME.keep.", Keys.KEEP);
        add(settings, "profiles.NAME.tiers.", Keys.TIERS);
        add(settings, "profiles.NAME.checks[].", Keys.CHECK);
        add(settings, "profiles.NAME.copies[].", Keys.COPY);
        for (var schedule : List.of("logical", "physical", "wal"))
            add(settings, "profiles.NAME." + schedule + ".", Keys.CRON);
        return settings;
    }

    private static void add(SortedSet<String> settings, String prefix, Keys keys) {
        for (var name : keys.names()) settings.add(prefix + name);
    }

    private Configuration read(String yaml) {
        var top = Field.of("", compose(yaml), complaints).section(Keys.TOP);
        var configuration = top.flatMap(this::configuration);
        if (!complaints.isEmpty()) throw complaints.problem(source);
        return configuration.orElseThrow(() -> complaints.problem(source));
    }

    private Node compose(String yaml) {
        if (yaml.length() > LARGEST_DOCUMENT) {
            complaints.add("", 1, "is larger than " + LARGEST_DOCUMENT + " characters");
            throw complaints.problem(source);
        }
        var options = new LoaderOptions();
        options.setNestingDepthLimit(DEEPEST_NESTING);
        options.setCodePointLimit(LARGEST_DOCUMENT);
        @Nullable Node node = null;
        try {
            node = new Yaml(options).compose(new StringReader(yaml));
        } catch (MarkedYAMLException e) {
            complainAboutSyntax(yaml, e);
        } catch (YAMLException e) {
            // The library's words can quote the document, and the document can hold a secret.
            complaints.add("", 1, "is not YAML that can be read");
        }
        if (!complaints.isEmpty()) throw complaints.problem(source);
        if (node == null) {
            complaints.add("", 1, "the document is empty; it needs a store and servers");
            throw complaints.problem(source);
        }
        return node;
    }

    private void complainAboutSyntax(String yaml, MarkedYAMLException e) {
        var lines = yaml.lines().toList();
        for (var i = 0; i < lines.size(); i++)
            if (TAB_INDENT.matcher(lines.get(i)).find())
                complaints.add("", i + 1, "is indented with a tab; YAML wants spaces");
        if (!complaints.isEmpty()) return;
        var line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
        complaints.add("", line, "is not YAML: " + SyntaxErrors.explain(e.getProblem()));
    }

    private Optional<Configuration> configuration(Section top) {
        var store = top.required("store").flatMap(field -> field.scalar(this::store));
        var profiles = profiles(top);
        var servers = servers(top, profiles, store);
        if (!complaints.isEmpty() || store.isEmpty()) return Optional.empty();
        return top.whole().attempt(() -> new Configuration(store.get(), servers, profiles));
    }

    private StoreUri store(String text) {
        // s3://key:secret@bucket is what other tools take; do not repeat it.
        if (text.contains("@"))
            throw new IllegalArgumentException(
                    "is not a store; write s3://bucket/prefix without credentials");
        if (!text.startsWith("s3://") && !text.startsWith("file://") && !text.startsWith("/"))
            throw new IllegalArgumentException(
                    "'" + text + "' is not a store; write s3://bucket/prefix or file:///directory");
        return StoreUri.parse(text);
    }

    private SequencedMap<String, Profile> profiles(Section top) {
        var profiles = Profile.defaults();
        top.field("profiles")
                .ifPresent(field ->
                        named(field).forEach((name, profile) -> profile(name, profile, profiles)));
        return profiles;
    }

    private void profile(String name, Field field, Map<String, Profile> profiles) {
        if (!PROFILE_NAME.matcher(name).matches())
            field.complain(
                    "cannot be a profile's name; use lower-case letters, digits, dashes and"
                            + " underscores");
        var base = profiles.getOrDefault(name, Profile.EMPTY);
        // A profile that is wrong still exists, so that servers are not told it is missing.
        var read = field.section(Keys.PROFILE).flatMap(section -> policy(section, base));
        profiles.put(name, read.orElse(base));
    }

    private Map<ServerName, ServerConfig> servers(
            Section top, Map<String, Profile> profiles, Optional<StoreUri> store) {
        var servers = new LinkedHashMap<ServerName, ServerConfig>();
        var places = new HashMap<String, String>();
        var field = top.required("servers");
        if (field.isEmpty()) return servers;
        var entries = named(field.get());
        if (entries.isEmpty() && field.get().isMapping())
            field.get().complain("is empty; name at least one server");
        entries.forEach((key, value) -> {
            var name = value.attempt(() -> new ServerName(key));
            var server =
                    value.section(Keys.SERVER).flatMap(section -> server(section, profiles, store));
            if (server.isEmpty()) return;
            var place = server.get().connect().endpoint();
            var other = places.putIfAbsent(place, key);
            if (other != null)
                complaints.add(
                        value.path() + ".connect",
                        value.line(),
                        place
                                + " is already server "
                                + other
                                + "; one server has one name and one history");
            name.ifPresent(valid -> servers.put(valid, server.get()));
        });
        return servers;
    }

    private Map<String, Field> named(Field field) {
        if (!(field.node() instanceof MappingNode mapping)) {
            // Complains about the shape.
            var _ = field.section(Keys.TOP);
            return Map.of();
        }
        return Section.entries(field.path(), mapping, complaints);
    }

    private Optional<ServerConfig> server(
            Section section, Map<String, Profile> profiles, Optional<StoreUri> store) {
        var connect =
                section.required("connect")
                        .flatMap(field -> field.section(Keys.CONNECT))
                        .flatMap(this::connect);
        var databases = databases(section);
        var logical =
                section.field("logical")
                        .flatMap(field -> field.section(Keys.SELECTION))
                        .map(this::selection)
                        .orElse(Selection.EVERYTHING);
        var limits =
                section.field("limits")
                        .flatMap(field -> field.section(Keys.LIMITS))
                        .flatMap(this::limits)
                        .orElse(Limits.DEFAULT);
        var profile =
                section.required("profile")
                        .flatMap(field -> field.scalar(name -> known(name, profiles)));
        // Overrides are read even under a missing profile: what is wrong in them is wrong anyway.
        var base = profile.map(profiles::get).orElse(Profile.EMPTY);
        var policy =
                section.field("overrides")
                        .flatMap(field -> field.section(Keys.PROFILE))
                        .flatMap(overrides -> policy(overrides, base))
                        .orElse(base);
        for (var copy : policy.copies())
            if (store.filter(s -> Configuration.overlap(s, copy.to())).isPresent())
                complaints.add(
                        section.path(),
                        section.whole().line(),
                        "the copy " + copy + " lies in the store, or the store in it");
        if (connect.isEmpty() || profile.isEmpty()) return Optional.empty();
        return Optional.of(
                new ServerConfig(connect.get(), databases, profile.get(), policy, logical, limits));
    }

    private static String known(String name, Map<String, Profile> profiles) {
        if (profiles.containsKey(name)) return name;
        throw new IllegalArgumentException(
                "there is no profile '"
                        + name
                        + "'; "
                        + Keys.nearest(name, profiles.keySet())
                                .map(near -> "did you mean " + near + "?")
                                .orElse("there are " + String.join(", ", profiles.keySet())));
    }

    private Optional<Connect> connect(Section section) {
        var host = section.required("host").flatMap(field -> field.scalar(Connect::requireHost));
        var user = section.required("user").flatMap(field -> field.scalar(Connect::requireUser));
        var port = section.field("port").flatMap(field -> field.scalar(ConfigurationReader::port));
        // Without a secret the connection would wait for the operator to type one.
        var secret =
                section.required("secret").flatMap(field -> field.scalar(SecretReference::parse));
        var sslmode = section.field("sslmode").flatMap(field -> field.scalar(SslMode::parse));
        var sslrootcert =
                section.field("sslrootcert")
                        .flatMap(field -> field.scalar(Connect::requireRootCertificate));
        if (host.isEmpty() || user.isEmpty()) return Optional.empty();
        return section.whole()
                .attempt(() ->
                        new Connect(
                                host.get(),
                                port.orElse(Connect.DEFAULT_PORT),
                                user.get(),
                                secret.orElse(new SecretReference.None()),
                                sslmode.orElse(Connect.defaultSslMode(host.get())),
                                sslrootcert));
    }

    private static int port(String text) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535 || text.matches("0+"))
            // Not repeated: beside a password even a slip of the comma can put one here.
            throw new IllegalArgumentException("is not a port, 1 to 65535");
        return Integer.parseInt(text);
    }

    private Databases databases(Section section) {
        var except =
                section.field("except")
                        .map(field -> field.list(NamePattern::new))
                        .orElse(List.of());
        var field = section.field("databases");
        if (field.isEmpty() || !field.get().isList()) {
            field.ifPresent(one ->
                    one.scalar(text -> {
                        if (!text.equals("all"))
                            throw new IllegalArgumentException(
                                    "'"
                                            + text
                                            + "' is neither all nor a list;"
                                            + " write all or [ "
                                            + text
                                            + " ]");
                        return text;
                    }));
            return new Databases.All(except);
        }
        if (section.has("except"))
            section.field("except")
                    .ifPresent(
                            extra -> extra.complain("goes with databases: all, not with a list"));
        var names = field.get().list(DatabaseName::new);
        return field.get()
                .<Databases>attempt(() -> new Databases.Listed(names))
                .orElse(Databases.all());
    }

    private Selection selection(Section section) {
        return new Selection(
                patterns(section, "schemas"),
                patterns(section, "exclude_schemas"),
                patterns(section, "tables"),
                patterns(section, "exclude_tables"),
                patterns(section, "exclude_table_data"));
    }

    private List<String> patterns(Section section, String key) {
        return section.field(key)
                .map(field -> field.list(Selection::requirePattern))
                .orElse(List.of());
    }

    private Optional<Limits> limits(Section section) {
        var defaults = Limits.DEFAULT;
        return section.whole()
                .attempt(() ->
                        new Limits(
                                span(section, "lock_timeout").orElse(defaults.lockTimeout()),
                                span(section, "longest").orElse(defaults.longest()),
                                count(section, "at_once").orElse(defaults.atOnce()),
                                span(section, "catch_up").orElse(defaults.catchUp())));
    }

    private Optional<Duration> span(Section section, String key) {
        return section.field(key).flatMap(field -> field.scalar(Spans::parse));
    }

    private Optional<Integer> count(Section section, String key) {
        return section.field(key)
                .flatMap(field ->
                        field.scalar(text -> {
                            if (!text.matches("[0-9]{1,6}"))
                                throw new IllegalArgumentException(
                                        "'" + text + "' is not a whole number");
                            return Integer.valueOf(text);
                        }));
    }

    /// A policy: what is written here, and the base for everything else.
    private Optional<Profile> policy(Section section, Profile base) {
        var kind =
                section.field("kind")
                        .flatMap(field -> field.scalar(KindChoice::parse))
                        .orElse(base.kind());
        var logical = schedule(section, "logical", base.logical());
        var physical = schedule(section, "physical", base.physical());
        var wal = schedule(section, "wal", base.wal());
        var drill = section.field("drill").map(f -> drills(f, base.drill())).orElse(base.drill());
        var rpo = promise(section, "rpo", base.rpo());
        var rto = promise(section, "rto", base.rto());
        var keep =
                section.field("keep")
                        .flatMap(field -> field.section(Keys.KEEP))
                        .flatMap(written -> keep(written, base.keep()))
                        .orElse(base.keep());
        var tiers =
                section.field("tiers")
                        .flatMap(field -> field.section(Keys.TIERS))
                        .flatMap(written -> tiers(written, base.tiers()))
                        .orElse(base.tiers());
        var lock =
                section.field("lock")
                        .flatMap(field -> field.scalar(Lock::parse))
                        .orElse(base.lock());
        var checks = section.field("checks").map(this::checks).orElse(base.checks());
        var copies =
                section.field("copies").map(field -> copies(field, keep)).orElse(base.copies());
        var notified =
                section.field("notify")
                        .map(field -> field.list(NotifyTarget::new))
                        .orElse(base.notified());
        var timezone =
                section.field("timezone")
                        .flatMap(field -> field.scalar(Zones::parse))
                        .or(base::timezone);
        return section.whole()
                .attempt(() ->
                        new Profile(
                                kind, logical, physical, wal, drill, rpo, rto, keep, tiers, lock,
                                checks, copies, notified, timezone));
    }

    private Optional<Schedule> schedule(Section section, String key, Optional<Schedule> inherited) {
        return section.field(key).map(this::schedule).orElse(inherited);
    }

    /// `none` switches off what a profile would do; a mistake counts as none until it is reported.
    private Optional<Schedule> schedule(Field field) {
        if (field.isMapping())
            return field.section(Keys.CRON)
                    .flatMap(section -> section.required("cron"))
                    .flatMap(cron -> cron.scalar(Schedules::cron));
        return field.scalar(ConfigurationReader::scheduleOrNone).flatMap(Function.identity());
    }

    private static Optional<Schedule> scheduleOrNone(String text) {
        return text.equals("none") ? Optional.empty() : Optional.of(Schedules.parse(text));
    }

    private Drills drills(Field field, Drills inherited) {
        if (!field.isMapping())
            return new Drills(schedule(field), inherited.accept(), inherited.instance());
        var section = field.section(Keys.DRILL).orElseThrow();
        var schedule =
                section.field("schedule")
                        .map(this::schedule)
                        .or(() -> section.field("cron").map(cron -> cron.scalar(Schedules::cron)))
                        .orElse(inherited.schedule());
        if (section.has("schedule") && section.has("cron"))
            field.complain("has both schedule and cron; write one");
        var accept =
                section.field("accept")
                        .map(list ->
                                list.items().stream()
                                        .flatMap(item -> accepted(item).stream())
                                        .toList())
                        .orElse(inherited.accept());
        return new Drills(schedule, accept, instance(section, inherited.instance()));
    }

    private InstanceRules instance(Section section, InstanceRules inherited) {
        var rds =
                section.field("rds")
                        .map(field ->
                                field.section(Keys.RDS)
                                        .flatMap(written -> placement(written, inherited.rds())))
                        .orElse(inherited.rds());
        var kind =
                section.field("instance")
                        .flatMap(field -> field.scalar(InstanceKind::parse))
                        .orElse(inherited.kind());
        // What is wrong in the group is said already; that it is missing then would mislead.
        if (section.has("rds") && rds.isEmpty()) return inherited;
        return section.whole().attempt(() -> new InstanceRules(kind, rds)).orElse(inherited);
    }

    private Optional<RdsPlacement> placement(Section section, Optional<RdsPlacement> inherited) {
        var subnets =
                (inherited.isPresent()
                                ? section.field("subnet_group")
                                : section.required("subnet_group"))
                        .flatMap(field -> field.scalar(ConfigurationReader::words))
                        .or(() -> inherited.map(RdsPlacement::subnetGroup));
        var groups =
                (inherited.isPresent()
                                ? section.field("security_groups")
                                : section.required("security_groups"))
                        .map(field -> field.list(ConfigurationReader::words))
                        .or(() -> inherited.map(RdsPlacement::securityGroups));
        if (subnets.isEmpty() || groups.isEmpty()) return Optional.empty();
        return section.whole()
                .attempt(() ->
                        new RdsPlacement(
                                subnets.get(),
                                groups.get(),
                                text(section, "class")
                                        .or(() -> inherited.map(RdsPlacement::instanceClass))
                                        .orElse(RdsPlacement.DEFAULT_CLASS),
                                text(section, "parameter_group")
                                        .or(() -> inherited.flatMap(RdsPlacement::parameterGroup)),
                                text(section, "kms_key")
                                        .or(() -> inherited.flatMap(RdsPlacement::kmsKey)),
                                span(section, "longest")
                                        .or(() -> inherited.map(RdsPlacement::longest))
                                        .orElse(RdsPlacement.DEFAULT_LONGEST)));
    }

    private Optional<String> text(Section section, String key) {
        return section.field(key).flatMap(field -> field.scalar(ConfigurationReader::words));
    }

    private Optional<Acceptance> accepted(Field field) {
        return field.section(Keys.ACCEPT)
                .flatMap(section -> {
                    var object =
                            section.required("object")
                                    .flatMap(f -> f.scalar(ConfigurationReader::words));
                    var reason =
                            section.required("reason")
                                    .flatMap(f -> f.scalar(ConfigurationReader::words));
                    var expires =
                            section.required("expires")
                                    .flatMap(f -> f.scalar(ConfigurationReader::date));
                    if (object.isEmpty() || reason.isEmpty() || expires.isEmpty())
                        return Optional.empty();
                    return field.attempt(
                            () -> new Acceptance(object.get(), reason.get(), expires.get()));
                });
    }

    private static String words(String text) {
        if (text.isBlank()) throw new IllegalArgumentException("has no value");
        return text;
    }

    private static LocalDate date(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' is not a date; write 2027-03-31", e);
        }
    }

    private Optional<Duration> promise(Section section, String key, Optional<Duration> inherited) {
        return section.field(key)
                .map(field ->
                        field.scalar(text ->
                                        text.equals("none")
                                                ? Optional.<Duration>empty()
                                                : Optional.of(Spans.parse(text)))
                                .flatMap(Function.identity()))
                .orElse(inherited);
    }

    private Optional<Keep> keep(Section section, Keep base) {
        return section.whole()
                .attempt(() ->
                        new Keep(
                                count(section, "last").orElse(base.last()),
                                span(section, "within").orElse(base.within()),
                                count(section, "daily").orElse(base.daily()),
                                count(section, "weekly").orElse(base.weekly()),
                                count(section, "monthly").orElse(base.monthly()),
                                count(section, "yearly").orElse(base.yearly()),
                                count(section, "compliance").orElse(base.compliance()),
                                span(section, "wal").orElse(base.wal())));
    }

    private Optional<Tiers> tiers(Section section, Tiers base) {
        return section.whole()
                .attempt(() ->
                        new Tiers(
                                storageClass(section, "daily").orElse(base.daily()),
                                storageClass(section, "weekly").orElse(base.weekly()),
                                storageClass(section, "monthly").orElse(base.monthly()),
                                storageClass(section, "yearly").orElse(base.yearly())));
    }

    private static Optional<StorageClass> storageClass(Section section, String key) {
        return section.field(key).flatMap(field -> field.scalar(StorageClass::parse));
    }

    private List<CopyPlace> copies(Field field, Keep inherited) {
        return field.items().stream().flatMap(item -> copy(item, inherited).stream()).toList();
    }

    /// The address, or a group with it and what stays there.
    private Optional<CopyPlace> copy(Field field, Keep inherited) {
        if (!field.isMapping())
            return field.scalar(this::store).map(to -> new CopyPlace(to, Optional.empty()));
        return field.section(Keys.COPY)
                .flatMap(section -> {
                    var to = section.required("to").flatMap(f -> f.scalar(this::store));
                    var kept =
                            section.field("keep")
                                    .flatMap(f -> f.section(Keys.KEEP))
                                    .flatMap(written -> keep(written, inherited));
                    return to.map(place -> new CopyPlace(place, kept));
                });
    }

    private List<Check> checks(Field field) {
        return field.items().stream().flatMap(item -> check(item).stream()).toList();
    }

    private Optional<Check> check(Field field) {
        return field.section(Keys.CHECK)
                .flatMap(section -> {
                    var sql = section.required("sql").flatMap(f -> f.scalar(Function.identity()));
                    var database =
                            section.field("database").flatMap(f -> f.scalar(DatabaseName::new));
                    var name = section.field("name").flatMap(f -> f.scalar(Function.identity()));
                    if (sql.isEmpty()) return Optional.empty();
                    return field.attempt(() ->
                            new Check(name.orElse(Check.label(sql.get())), sql.get(), database));
                });
    }
}
