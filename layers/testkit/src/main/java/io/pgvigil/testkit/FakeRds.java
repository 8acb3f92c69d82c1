package io.pgvigil.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Amazon RDS as far as temporary instances need it: the Query protocol over HTTP, with states that
/// take time, and on demand a real PostgreSQL behind each instance.
///
/// - **States:** `creating` until it was looked at a few times (and its server is up), then `available`;
///   `deleting` for a few looks, then unknown.
/// - **Like RDS:** the master user is no superuser; `rdsadmin` is, and owns what comes with the cluster.
///   TLS with a certificate for the instance's name.
/// - **Not like RDS:** `rds_superuser` has no powers of its own, so that event triggers, untrusted
///   extensions and tablespaces are refused here and allowed there.
/// - **Faults on demand:** an error before or after the effect, a refusal to delete what is being made.
public final class FakeRds implements AutoCloseable {
    private static final String NAMESPACE = "http://rds.amazonaws.com/doc/2014-10-31/";
    private static final int PAGE = 3;
    private static final String SUPERUSER = "rdsadmin";

    private final HttpServer http;
    private final Map<String, Instance> instances = new LinkedHashMap<>();
    private final Map<String, Cluster> clusters = new LinkedHashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private final List<Consumer<Call>> watchers = new CopyOnWriteArrayList<>();
    private final List<Thread> boots = new CopyOnWriteArrayList<>();
    private final InstantSource clock;
    private final Optional<Path> certificates;
    private List<String> versions = List.of("14.9", "15.4", "15.12", "16.3");
    private int looksWhileCreating = 2;
    private int looksWhileDeleting = 1;
    private boolean deletableWhileCreating = true;
    private String finalState = "available";

    /// One request, with its parameters.
    public record Call(String action, Map<String, String> parameters) {
        public String get(String name) {
            return parameters.getOrDefault(name, "");
        }
    }

    /// When an injected error strikes.
    public enum When {
        /// Nothing was done.
        BEFORE,
        /// It was done, and the caller is not told.
        AFTER
    }

    private record Fault(String action, When when, String code, int status) {}

    private static final class Refusal extends RuntimeException {
        private final String code;
        private final int status;

        Refusal(int status, String code, String message) {
            super(message);
            this.code = code;
            this.status = status;
        }
    }

    private static final class Instance {
        private final String id;
        private final Map<String, String> parameters;
        private final Map<String, String> tags = new LinkedHashMap<>();
        private final Instant made;
        private String state = "creating";
        private int looks;
        private boolean up;
        private @Nullable TestServer server;
        private @Nullable TestServer origin;
        private boolean backedUp;
        private boolean passwordPending;

        Instance(String id, Map<String, String> parameters, Instant made) {
            this.id = id;
            this.parameters = parameters;
            this.made = made;
        }
    }

    /// Of Aurora: what is asked about data is asked of an instance in it.
    private static final class Cluster {
        private final String id;
        private final String master;
        private final TestServer origin;
        private final Map<String, String> tags = new LinkedHashMap<>();
        private final Instant made;
        private String state = "creating";
        private int looks;
        private Optional<String> password = Optional.empty();
        private String address = "";

        Cluster(String id, String master, TestServer origin, Instant made) {
            this.id = id;
            this.master = master;
            this.origin = origin;
            this.made = made;
        }
    }

    private FakeRds(HttpServer http, InstantSource clock, Optional<Path> certificates) {
        this.http = http;
        this.clock = clock;
        this.certificates = certificates;
    }

    /// Instances without servers: enough for everything but connecting to one.
    public static FakeRds start(InstantSource clock) {
        return start(clock, Optional.empty());
    }

    /// Each instance is a PostgreSQL server on this machine.
    public static FakeRds withServers() {
        return start(InstantSource.system(), Optional.of(newCertificate()));
    }

    private static FakeRds start(InstantSource clock, Optional<Path> certificates) {
        try {
            var http =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var fake = new FakeRds(http, clock, certificates);
            http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            http.createContext("/", fake::serve);
            http.start();
            return fake;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String endpoint() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    /// The certificates that instances' own are signed by.
    public Path authority() {
        return certificates.orElseThrow().resolve("ca.pem");
    }

    public synchronized FakeRds offering(String... engineVersions) {
        versions = List.of(engineVersions);
        return this;
    }

    /// @param creating how often an instance is looked at before it is available
    /// @param deleting how often before it is gone
    public synchronized FakeRds taking(int creating, int deleting) {
        looksWhileCreating = creating;
        looksWhileDeleting = deleting;
        return this;
    }

    public synchronized FakeRds refusingDeletionWhileCreating() {
        deletableWhileCreating = false;
        return this;
    }

    /// What new instances become instead of available.
    public synchronized FakeRds endingIn(String state) {
        finalState = state;
        return this;
    }

    /// The next call of this action fails; several faults of one action strike one after the other.
    public synchronized void fail(String action, When when, String code, int status) {
        faults.add(new Fault(action, when, code, status));
    }

    public synchronized void heal() {
        faults.clear();
    }

    /// Told of each call before it takes effect; may throw to break the connection.
    public void watch(Consumer<Call> watcher) {
        watchers.add(watcher);
    }

    public List<Call> calls() {
        return List.copyOf(calls);
    }

    public List<Call> calls(String action) {
        return calls.stream().filter(call -> call.action().equals(action)).toList();
    }

    /// What costs money and nobody has ordered to be deleted.
    public synchronized Set<String> left() {
        return instances.values().stream()
                .filter(instance -> !instance.state.equals("deleting"))
                .map(instance -> instance.id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    public synchronized Map<String, String> tags(String id) {
        return Map.copyOf(known(id).tags);
    }

    public synchronized void tag(String id, String key, String value) {
        known(id).tags.put(key, value);
    }

    public synchronized void untag(String id, String key) {
        known(id).tags.remove(key);
    }

    /// An instance that somebody else made.
    public synchronized void add(String id, Map<String, String> tags) {
        var instance =
                new Instance(
                        id,
                        new LinkedHashMap<>(Map.of("MasterUsername", "somebody")),
                        clock.instant());
        instance.tags.putAll(tags);
        instance.state = "available";
        instance.up = true;
        instances.put(id, instance);
    }

    /// An instance of somebody's, with automated backups: restoring it copies what this server has.
    ///
    /// @param address under which it is known; nobody connects to it
    public synchronized void source(String id, String address, String master, TestServer origin) {
        source(id, address, master);
        known(id).origin = origin;
    }

    /// The same without data: restoring it makes an instance to which nobody can connect.
    public synchronized void source(String id, String address, String master) {
        add(id, Map.of());
        var instance = known(id);
        instance.backedUp = true;
        instance.parameters.put("MasterUsername", master);
        instance.parameters.put("Address", address);
    }

    /// The same of a cluster of Aurora, without an instance in it.
    public synchronized void sourceCluster(
            String id, String address, String master, TestServer origin) {
        var cluster = new Cluster(id, master, origin, clock.instant());
        cluster.state = "available";
        cluster.address = address;
        clusters.put(id, cluster);
    }

    /// Clusters that nobody has ordered to be deleted, those of [#sourceCluster] included.
    public synchronized Set<String> clustersLeft() {
        return clusters.values().stream()
                .filter(cluster -> !cluster.state.equals("deleting"))
                .map(cluster -> cluster.id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Asks the server behind an instance as its superuser; empty when it has none just now.
    public Optional<String> ask(String id, String query) {
        TestServer server;
        synchronized (this) {
            var instance = instances.get(id);
            if (instance == null || instance.server == null) return Optional.empty();
            server = instance.server;
        }
        return Optional.of(
                server.program(
                                "psql",
                                "-U",
                                SUPERUSER,
                                "-X",
                                "-q",
                                "-A",
                                "-t",
                                "-d",
                                "postgres",
                                "-c",
                                query)
                        .strip());
    }

    /// How many rows a table of the copy behind an instance has.
    public long rows(String id, String table) {
        TestServer server;
        synchronized (this) {
            server = Objects.requireNonNull(known(id).server, () -> id + " has no server");
        }
        return Long.parseLong(server.sql("postgres", "select count(*) from " + table));
    }

    /// What happens when somebody deletes an instance by hand or its machine dies.
    public synchronized void lose(String id) {
        var instance = instances.remove(id);
        if (instance != null && instance.server != null) instance.server.close();
    }

    // The protocol

    private void serve(HttpExchange exchange) throws IOException {
        var parameters =
                parameters(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        var call = new Call(parameters.getOrDefault("Action", ""), parameters);
        calls.add(call);
        try {
            watchers.forEach(watcher -> watcher.accept(call));
            var fault = takeFault(call.action());
            if (fault.isPresent() && fault.get().when() == When.BEFORE) throw refusal(fault.get());
            var result = act(call);
            if (fault.isPresent()) throw refusal(fault.get());
            answer(
                    exchange,
                    200,
                    "<%1$sResponse xmlns=\"%2$s\"><%1$sResult>%3$s</%1$sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%1$sResponse>"
                            .formatted(call.action(), NAMESPACE, result));
        } catch (Refusal e) {
            answer(
                    exchange,
                    e.status,
                    "<ErrorResponse xmlns=\"%s\"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>"
                            .formatted(NAMESPACE, e.code, escaped(String.valueOf(e.getMessage()))));
        } finally {
            // After an exception of a watcher: the caller's connection breaks.
            exchange.close();
        }
    }

    private static void answer(HttpExchange exchange, int status, String xml) throws IOException {
        var bytes = xml.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized Optional<Fault> takeFault(String action) {
        var found = faults.stream().filter(fault -> fault.action().equals(action)).findFirst();
        found.ifPresent(faults::remove);
        return found;
    }

    private static Refusal refusal(Fault fault) {
        return new Refusal(fault.status(), fault.code(), "injected");
    }

    private synchronized String act(Call call) {
        return switch (call.action()) {
            case "CreateDBInstance" -> create(call);
            case "DescribeDBInstances" -> describe(call);
            case "DeleteDBInstance" -> delete(call);
            case "ListTagsForResource" ->
                    tagList(known(call.get("ResourceName").replaceFirst(".*:db:", "")).tags);
            case "DescribeDBEngineVersions" -> engineVersions();
            case "RestoreDBInstanceToPointInTime" -> restoreInstance(call);
            case "ModifyDBInstance" -> modifyInstance(call);
            case "DescribeDBClusters" -> describeClusters(call);
            case "RestoreDBClusterToPointInTime" -> restoreCluster(call);
            case "ModifyDBCluster" -> modifyCluster(call);
            case "DeleteDBCluster" -> deleteCluster(call);
            default -> throw new Refusal(400, "InvalidAction", "no action " + call.action());
        };
    }

    private String create(Call call) {
        var id = call.get("DBInstanceIdentifier");
        if (instances.containsKey(id))
            throw new Refusal(400, "DBInstanceAlreadyExists", "DB instance already exists");
        if (!call.get("DBClusterIdentifier").isEmpty()) return createInCluster(call);
        if (!versions.contains(call.get("EngineVersion")))
            throw new Refusal(
                    400,
                    "InvalidParameterCombination",
                    "Cannot find version " + call.get("EngineVersion") + " for postgres");
        if (call.get("MasterUsername").equals(SUPERUSER))
            throw new Refusal(
                    400, "InvalidParameterValue", "MasterUsername rdsadmin is a reserved word");
        if (!call.get("MasterUserPassword").matches("[!-~&&[^/@\"]]{8,128}"))
            throw new Refusal(400, "InvalidParameterValue", "not a valid password");
        var instance = new Instance(id, call.parameters(), clock.instant());
        tag(instance.tags, call);
        instances.put(id, instance);
        if (certificates.isPresent()) boots.add(Thread.ofVirtual().start(() -> boot(instance)));
        else instance.up = true;
        return "<DBInstance>" + shown(instance) + "</DBInstance>";
    }

    private static void tag(Map<String, String> tags, Call call) {
        for (var i = 1; !call.get("Tags.Tag." + i + ".Key").isEmpty(); i++)
            tags.put(call.get("Tags.Tag." + i + ".Key"), call.get("Tags.Tag." + i + ".Value"));
    }

    // Restoring what is backed up

    private String restoreInstance(Call call) {
        var source = known(call.get("SourceDBInstanceIdentifier"));
        var id = call.get("TargetDBInstanceIdentifier");
        if (instances.containsKey(id))
            throw new Refusal(400, "DBInstanceAlreadyExists", "DB instance already exists");
        return "<DBInstance>"
                + shown(
                        copied(
                                id,
                                source.parameters.getOrDefault("MasterUsername", ""),
                                Optional.ofNullable(source.origin),
                                call))
                + "</DBInstance>";
    }

    private Instance copied(String id, String master, Optional<TestServer> origin, Call call) {
        var parameters = new LinkedHashMap<>(call.parameters());
        parameters.put("MasterUsername", master);
        var instance = new Instance(id, parameters, clock.instant());
        tag(instance.tags, call);
        instances.put(id, instance);
        if (origin.isPresent() && certificates.isPresent())
            boots.add(Thread.ofVirtual().start(() -> bootOrFail(instance, origin.get())));
        else instance.up = true;
        return instance;
    }

    /// A new password is there some looks later, as on RDS.
    private String modifyInstance(Call call) {
        var instance = known(call.get("DBInstanceIdentifier"));
        if (!instance.state.equals("available"))
            throw new Refusal(400, "InvalidDBInstanceState", "it is " + instance.state);
        instance.parameters.put("MasterUserPassword", call.get("MasterUserPassword"));
        instance.passwordPending = true;
        instance.looks = 0;
        return "<DBInstance>" + shown(instance) + "</DBInstance>";
    }

    private static void takePassword(TestServer server, Map<String, String> parameters) {
        sql(
                server,
                TestServer.USER,
                "alter role "
                        + parameters.get("MasterUsername")
                        + " password '"
                        + parameters.get("MasterUserPassword")
                        + "'");
    }

    private String describeClusters(Call call) {
        var id = call.get("DBClusterIdentifier");
        var some = id.isEmpty() ? List.copyOf(clusters.values()) : List.of(knownCluster(id));
        for (var cluster : some) {
            cluster.looks++;
            if (cluster.state.equals("creating") && cluster.looks > looksWhileCreating)
                cluster.state = "available";
            if (cluster.state.equals("deleting") && cluster.looks > looksWhileDeleting)
                clusters.remove(cluster.id);
        }
        if (!id.isEmpty()) knownCluster(id);
        return some.stream()
                .map(cluster -> "<DBCluster>" + shown(cluster) + "</DBCluster>")
                .collect(Collectors.joining("", "<DBClusters>", "</DBClusters>"));
    }

    private String restoreCluster(Call call) {
        var source = knownCluster(call.get("SourceDBClusterIdentifier"));
        var id = call.get("DBClusterIdentifier");
        if (clusters.containsKey(id))
            throw new Refusal(400, "DBClusterAlreadyExistsFault", "DB cluster already exists");
        var made = new Cluster(id, source.master, source.origin, clock.instant());
        tag(made.tags, call);
        clusters.put(id, made);
        return "<DBCluster>" + shown(made) + "</DBCluster>";
    }

    private String createInCluster(Call call) {
        var cluster = knownCluster(call.get("DBClusterIdentifier"));
        if (!cluster.state.equals("available"))
            throw new Refusal(400, "InvalidDBClusterStateFault", "it is " + cluster.state);
        return "<DBInstance>"
                + shown(
                        copied(
                                call.get("DBInstanceIdentifier"),
                                cluster.master,
                                Optional.of(cluster.origin),
                                call))
                + "</DBInstance>";
    }

    /// Its instances take the password at once.
    private String modifyCluster(Call call) {
        var cluster = knownCluster(call.get("DBClusterIdentifier"));
        cluster.password = Optional.of(call.get("MasterUserPassword"));
        for (var instance : instances.values())
            if (cluster.id.equals(instance.parameters.get("DBClusterIdentifier"))) {
                instance.parameters.put("MasterUserPassword", call.get("MasterUserPassword"));
                var server = instance.server;
                if (server != null) takePassword(server, instance.parameters);
            }
        return "<DBCluster>" + shown(cluster) + "</DBCluster>";
    }

    private String deleteCluster(Call call) {
        var cluster = knownCluster(call.get("DBClusterIdentifier"));
        if (!call.get("SkipFinalSnapshot").equals("true"))
            throw new Refusal(
                    400, "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required");
        if (instances.values().stream()
                .filter(one -> cluster.id.equals(one.parameters.get("DBClusterIdentifier")))
                .anyMatch(one -> !one.state.equals("deleting")))
            throw new Refusal(
                    400,
                    "InvalidDBClusterStateFault",
                    "Cluster cannot be deleted, it still contains DB instances in non-deleting state.");
        cluster.state = "deleting";
        cluster.looks = 0;
        return "<DBCluster>" + shown(cluster) + "</DBCluster>";
    }

    private Cluster knownCluster(String id) {
        var cluster = clusters.get(id);
        if (cluster == null)
            throw new Refusal(404, "DBClusterNotFoundFault", "DBCluster " + id + " not found.");
        return cluster;
    }

    private String shown(Cluster cluster) {
        var xml = new StringBuilder();
        element(xml, "DBClusterIdentifier", cluster.id);
        element(xml, "Status", cluster.state);
        element(xml, "Engine", "aurora-postgresql");
        element(xml, "MasterUsername", cluster.master);
        element(xml, "Endpoint", cluster.address);
        element(xml, "BackupRetentionPeriod", "7");
        element(xml, "EarliestRestorableTime", cluster.made.minusSeconds(86_400).toString());
        element(xml, "LatestRestorableTime", clock.instant().minusSeconds(60).toString());
        element(xml, "ClusterCreateTime", cluster.made.toString());
        return xml.append(tagList(cluster.tags)).toString();
    }

    private String describe(Call call) {
        var id = call.get("DBInstanceIdentifier");
        if (!id.isEmpty()) {
            var instance = known(id);
            look(instance);
            known(id);
            return "<DBInstances><DBInstance>" + shown(instance) + "</DBInstance></DBInstances>";
        }
        var all = List.copyOf(instances.values());
        var from = call.get("Marker").isEmpty() ? 0 : Integer.parseInt(call.get("Marker"));
        var page = all.subList(Math.min(from, all.size()), Math.min(all.size(), from + PAGE));
        var more = from + PAGE < all.size() ? "<Marker>" + (from + PAGE) + "</Marker>" : "";
        return more
                + page.stream()
                        .map(instance -> "<DBInstance>" + shown(instance) + "</DBInstance>")
                        .collect(Collectors.joining("", "<DBInstances>", "</DBInstances>"));
    }

    private void look(Instance instance) {
        instance.looks++;
        var server = instance.server;
        if (instance.passwordPending && instance.looks > 1 && server != null) {
            takePassword(server, instance.parameters);
            instance.passwordPending = false;
        }
        if (instance.state.equals("creating")
                && instance.up
                && instance.looks > looksWhileCreating) {
            instance.state = finalState;
            instance.looks = 0;
        } else if (instance.state.equals("deleting") && instance.looks > looksWhileDeleting) {
            instances.remove(instance.id);
        }
    }

    private String delete(Call call) {
        var instance = known(call.get("DBInstanceIdentifier"));
        if (!call.get("SkipFinalSnapshot").equals("true"))
            throw new Refusal(
                    400, "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required");
        if ("true".equals(instance.parameters.get("DeletionProtection")))
            throw new Refusal(400, "InvalidParameterCombination", "it is protected");
        if (instance.state.equals("deleting")
                || instance.state.equals("creating") && !deletableWhileCreating)
            throw new Refusal(
                    400,
                    "InvalidDBInstanceState",
                    "Instance " + instance.id + " is currently " + instance.state);
        instance.state = "deleting";
        instance.looks = 0;
        var server = instance.server;
        if (server != null) Thread.ofVirtual().start(server::close);
        instance.server = null;
        return "<DBInstance>" + shown(instance) + "</DBInstance>";
    }

    private String engineVersions() {
        return versions.stream()
                .map(version ->
                        "<DBEngineVersion><Engine>postgres</Engine><EngineVersion>"
                                + version
                                + "</EngineVersion></DBEngineVersion>")
                .collect(Collectors.joining("", "<DBEngineVersions>", "</DBEngineVersions>"));
    }

    private Instance known(String id) {
        var instance = instances.get(id);
        if (instance == null)
            throw new Refusal(404, "DBInstanceNotFound", "DBInstance " + id + " not found.");
        return instance;
    }

    private String shown(Instance instance) {
        var xml = new StringBuilder();
        element(xml, "DBInstanceIdentifier", instance.id);
        element(xml, "DBInstanceStatus", instance.state);
        element(xml, "Engine", "postgres");
        element(xml, "DBInstanceArn", "arn:aws:rds:eu-west-1:123456789012:db:" + instance.id);
        for (var name :
                List.of(
                        "EngineVersion",
                        "MasterUsername",
                        "AllocatedStorage",
                        "DBInstanceClass",
                        "DBClusterIdentifier"))
            if (instance.parameters.containsKey(name))
                element(xml, name, instance.parameters.get(name));
        element(xml, "InstanceCreateTime", instance.made.toString());
        if (instance.backedUp) {
            element(xml, "BackupRetentionPeriod", "7");
            element(xml, "LatestRestorableTime", clock.instant().minusSeconds(60).toString());
        }
        if (instance.passwordPending)
            xml.append(
                    "<PendingModifiedValues><MasterUserPassword>****</MasterUserPassword></PendingModifiedValues>");
        var server = instance.server;
        if (!instance.state.equals("creating")) {
            xml.append("<Endpoint><Address>")
                    .append(instance.parameters.getOrDefault("Address", "localhost"))
                    .append("</Address><Port>")
                    .append(server == null ? 5432 : server.port())
                    .append("</Port></Endpoint>");
        }
        return xml.append(tagList(instance.tags)).toString();
    }

    private static String tagList(Map<String, String> tags) {
        var xml = new StringBuilder("<TagList>");
        tags.forEach((key, value) -> {
            xml.append("<Tag>");
            element(xml, "Key", key);
            element(xml, "Value", value);
            xml.append("</Tag>");
        });
        return xml.append("</TagList>").toString();
    }

    private static void element(StringBuilder xml, String name, @Nullable String value) {
        xml.append('<').append(name).append('>');
        xml.append(escaped(value == null ? "" : value));
        xml.append("</").append(name).append('>');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static Map<String, String> parameters(String body) {
        var parameters = new LinkedHashMap<String, String>();
        for (var pair : body.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0)
                parameters.put(
                        decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
        }
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    // The server behind an instance

    private void boot(Instance instance) {
        var folder = certificates.orElseThrow();
        var server =
                TestServer.start(
                        "ssl = on",
                        "ssl_cert_file = '" + folder.resolve("server.pem") + "'",
                        "ssl_key_file = '" + folder.resolve("server.key") + "'");
        try {
            prepare(server, instance);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        synchronized (this) {
            // Deleted meanwhile.
            if (instances.get(instance.id) != instance || instance.state.equals("deleting")) {
                server.close();
                return;
            }
            instance.server = server;
            instance.up = true;
        }
    }

    /// A copy that cannot be made is told as RDS tells it, and why on stderr.
    private void bootOrFail(Instance instance, TestServer origin) {
        try {
            boot(instance, origin);
        } catch (RuntimeException e) {
            System.err.println("no copy behind " + instance.id + ": " + e);
            synchronized (this) {
                instance.state = "restore-error";
            }
        }
    }

    /// What a server has now, in another one: as good as any moment.
    private void boot(Instance instance, TestServer origin) {
        var folder = certificates.orElseThrow();
        var server =
                TestServer.copyOf(
                        origin,
                        "ssl = on",
                        "ssl_cert_file = '" + folder.resolve("server.pem") + "'",
                        "ssl_key_file = '" + folder.resolve("server.key") + "'");
        synchronized (this) {
            // Deleted meanwhile.
            if (instances.get(instance.id) != instance || instance.state.equals("deleting")) {
                server.close();
                return;
            }
            instance.server = server;
            instance.up = true;
        }
    }

    private static void prepare(TestServer server, Instance instance) {
        var setup = "fake_rds_setup";
        server.sql(
                "postgres",
                "create role " + setup + " superuser login password '" + TestServer.PASSWORD + "'");
        sql(server, setup, "alter role " + TestServer.USER + " rename to " + SUPERUSER);
        var master = instance.parameters.get("MasterUsername");
        for (var statement :
                List.of(
                        "drop role " + setup,
                        "create role rds_superuser",
                        "create role rds_password",
                        "create role rds_iam",
                        "grant pg_monitor, pg_signal_backend, rds_password to rds_superuser with admin"
                                + " option",
                        "create role "
                                + master
                                + " createdb createrole login password '"
                                + instance.parameters.get("MasterUserPassword")
                                + "' valid until 'infinity'",
                        "grant rds_superuser to " + master,
                        "alter database postgres owner to " + master,
                        "alter database template1 owner to " + master,
                        "create database " + SUPERUSER,
                        "revoke connect on database " + SUPERUSER + " from public"))
            sql(server, SUPERUSER, statement);
    }

    private static void sql(TestServer server, String user, String statement) {
        server.program(
                "psql",
                "-U",
                user,
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                "postgres",
                "-c",
                statement);
    }

    private static Path newCertificate() {
        try {
            var folder =
                    Files.createTempDirectory(
                            Path.of("/tmp"),
                            "pgvigil-rds-",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwxr-xr-x")));
            var key = folder.resolve("server.key");
            run(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                    "-addext",
                    "subjectAltName=DNS:localhost",
                    "-keyout",
                    key.toString(),
                    "-out",
                    folder.resolve("server.pem").toString());
            // It signed itself, so it is its own authority.
            Files.copy(folder.resolve("server.pem"), folder.resolve("ca.pem"));
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
            if (TestServer.isRoot()) run("chown", "postgres", key.toString());
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) throws IOException {
        try {
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            process.getOutputStream().close();
            if (process.waitFor() != 0)
                throw new IllegalStateException(String.join(" ", command) + " failed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        http.stop(0);
        // A server that is just starting needs its certificate, and would be left behind.
        boots.forEach(FakeRds::join);
        List<Instance> all;
        synchronized (this) {
            all = List.copyOf(instances.values());
            instances.clear();
        }
        for (var instance : all) if (instance.server != null) instance.server.close();
        certificates.ifPresent(FakeRds::delete);
    }

    private static void join(Thread boot) {
        try {
            boot.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) Files.delete(file);
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
