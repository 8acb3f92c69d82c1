package io.pgvigil.aws.pitr;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The part of RDS that restores: instances and clusters go through states each time they are looked
/// at, and a name can be taken once.
final class FakeRestores implements AutoCloseable {
    private final HttpServer http;
    private final Map<String, Map<String, String>> instances = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> clusters = new LinkedHashMap<>();
    private final Map<String, Deque<String>> states = new LinkedHashMap<>();
    private final List<Map<String, String>> calls = new ArrayList<>();
    // Each twice: whoever waits looks for the state and then for the address.
    private List<String> ahead =
            List.of("creating", "creating", "backing-up", "backing-up", "available");
    private boolean loseNextAnswer;

    FakeRestores() {
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.createContext("/", this::serve);
        http.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    synchronized void instance(String id, Map<String, String> more) {
        instances.put(id, new LinkedHashMap<>(more));
        states.put(id, new ArrayDeque<>(List.of("available")));
    }

    synchronized void cluster(String id, Map<String, String> more) {
        clusters.put(id, new LinkedHashMap<>(more));
        states.put("cluster:" + id, new ArrayDeque<>(List.of("available")));
    }

    /// What each new one goes through.
    synchronized void going(String... through) {
        ahead = List.of(through);
    }

    /// The next change is made, and its answer is an error of the service that the SDK tries again.
    synchronized void loseNextAnswer() {
        loseNextAnswer = true;
    }

    synchronized List<Map<String, String>> calls(String action) {
        return calls.stream().filter(call -> action.equals(call.get("Action"))).toList();
    }

    private synchronized void serve(HttpExchange exchange) throws IOException {
        var call =
                parameters(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        calls.add(call);
        var action = call.getOrDefault("Action", "");
        try {
            var result = act(action, call);
            var changes = !action.startsWith("Describe");
            if (changes && loseNextAnswer) {
                loseNextAnswer = false;
                throw new Refusal(500, "InternalFailure", "lost");
            }
            answer(
                    exchange,
                    200,
                    "<%1$sResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><%1$sResult>%2$s</%1$sResult></%1$sResponse>"
                            .formatted(action, result));
        } catch (Refusal e) {
            answer(
                    exchange,
                    e.status,
                    "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"
                            .formatted(e.code, e.getMessage()));
        } finally {
            exchange.close();
        }
    }

    private static final class Refusal extends RuntimeException {
        private final int status;
        private final String code;

        Refusal(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    private String act(String action, Map<String, String> call) {
        return switch (action) {
            case "DescribeDBInstances" ->
                    shown(instances, "DBInstance", get(call, "DBInstanceIdentifier"));
            case "DescribeDBClusters" ->
                    shown(clusters, "DBCluster", get(call, "DBClusterIdentifier"));
            case "RestoreDBInstanceToPointInTime" -> {
                var from = known(instances, "DBInstance", get(call, "SourceDBInstanceIdentifier"));
                var id = get(call, "TargetDBInstanceIdentifier");
                free(instances, "DBInstance", id);
                var made = new LinkedHashMap<>(from);
                made.put("Address", id + ".c9akciq32rga.eu-west-1.rds.amazonaws.com");
                made.remove("LatestRestorableTime");
                tagged(made, call);
                instances.put(id, made);
                states.put(id, new ArrayDeque<>(ahead));
                yield "<DBInstance>" + fields("DBInstance", id, made, "creating") + "</DBInstance>";
            }
            case "RestoreDBClusterToPointInTime" -> {
                var from = known(clusters, "DBCluster", get(call, "SourceDBClusterIdentifier"));
                var id = get(call, "DBClusterIdentifier");
                free(clusters, "DBCluster", id);
                var made = new LinkedHashMap<>(from);
                made.put("Endpoint", id + ".cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com");
                made.remove("Writer");
                tagged(made, call);
                clusters.put(id, made);
                states.put("cluster:" + id, new ArrayDeque<>(ahead));
                yield "<DBCluster>" + fields("DBCluster", id, made, "creating") + "</DBCluster>";
            }
            case "CreateDBInstance" -> {
                var id = get(call, "DBInstanceIdentifier");
                var cluster = known(clusters, "DBCluster", get(call, "DBClusterIdentifier"));
                free(instances, "DBInstance", id);
                if (!"available"
                        .equals(state("cluster:" + get(call, "DBClusterIdentifier")).peek()))
                    throw new Refusal(400, "InvalidDBClusterStateFault", "not yet available");
                if (!get(call, "Engine").equals(cluster.get("Engine")))
                    throw new Refusal(400, "InvalidParameterCombination", "another engine");
                var made = new LinkedHashMap<String, String>();
                made.put("Address", id + ".c9akciq32rga.eu-west-1.rds.amazonaws.com");
                made.put("DBClusterIdentifier", get(call, "DBClusterIdentifier"));
                tagged(made, call);
                instances.put(id, made);
                states.put(id, new ArrayDeque<>(ahead));
                yield "<DBInstance>" + fields("DBInstance", id, made, "creating") + "</DBInstance>";
            }
            default -> throw new Refusal(400, "InvalidAction", action);
        };
    }

    private static String get(Map<String, String> call, String name) {
        return call.getOrDefault(name, "");
    }

    private Deque<String> state(String of) {
        return states.getOrDefault(of, new ArrayDeque<>());
    }

    private static void tagged(Map<String, String> made, Map<String, String> call) {
        var tags = new StringBuilder();
        for (var i = 1; call.containsKey("Tags.Tag." + i + ".Key"); i++)
            tags.append("<Tag><Key>")
                    .append(call.get("Tags.Tag." + i + ".Key"))
                    .append("</Key><Value>")
                    .append(call.get("Tags.Tag." + i + ".Value"))
                    .append("</Value></Tag>");
        made.put("TagList", tags.toString());
    }

    private static void free(Map<String, ?> all, String kind, String id) {
        if (all.containsKey(id))
            throw new Refusal(
                    400,
                    kind.equals("DBCluster")
                            ? "DBClusterAlreadyExistsFault"
                            : "DBInstanceAlreadyExists",
                    id + " exists");
    }

    private static Map<String, String> known(
            Map<String, Map<String, String>> all, String kind, String id) {
        var found = all.get(id);
        if (found == null)
            throw new Refusal(
                    404,
                    kind.equals("DBCluster") ? "DBClusterNotFoundFault" : "DBInstanceNotFound",
                    id + " not found");
        return found;
    }

    private String shown(Map<String, Map<String, String>> all, String kind, String id) {
        var some = id.isEmpty() ? all : Map.of(id, known(all, kind, id));
        return some.entrySet().stream()
                .map(entry ->
                        "<%1$s>%2$s</%1$s>"
                                .formatted(
                                        kind,
                                        fields(
                                                kind,
                                                entry.getKey(),
                                                entry.getValue(),
                                                look(kind, entry.getKey()))))
                .collect(Collectors.joining("", "<" + kind + "s>", "</" + kind + "s>"));
    }

    /// The state now; the next look shows the next one.
    private String look(String kind, String id) {
        var left = state(kind.equals("DBCluster") ? "cluster:" + id : id);
        return String.valueOf(left.size() > 1 ? left.poll() : left.peek());
    }

    private static String fields(String kind, String id, Map<String, String> more, String state) {
        var xml = new StringBuilder();
        xml.append("<%1$sIdentifier>%2$s</%1$sIdentifier>".formatted(kind, id));
        xml.append(
                kind.equals("DBCluster")
                        ? "<Status>" + state + "</Status>"
                        : "<DBInstanceStatus>" + state + "</DBInstanceStatus>");
        more.forEach((name, value) -> {
            switch (name) {
                case "Address" -> {
                    if (state.equals("available"))
                        xml.append(
                                "<Endpoint><Address>%s</Address><Port>5432</Port></Endpoint>"
                                        .formatted(value));
                }
                case "Writer" ->
                        xml.append(
                                "<DBClusterMembers><DBClusterMember><DBInstanceIdentifier>%s</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter></DBClusterMember></DBClusterMembers>"
                                        .formatted(value));
                case "Group" ->
                        xml.append(
                                "<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>%s</VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups>"
                                        .formatted(value));
                case "Subnets" ->
                        xml.append(
                                kind.equals("DBCluster")
                                        ? "<DBSubnetGroup>" + value + "</DBSubnetGroup>"
                                        : "<DBSubnetGroup><DBSubnetGroupName>"
                                                + value
                                                + "</DBSubnetGroupName></DBSubnetGroup>");
                default -> xml.append("<%1$s>%2$s</%1$s>".formatted(name, value));
            }
        });
        return xml.toString();
    }

    private static void answer(HttpExchange exchange, int status, String xml) throws IOException {
        var bytes = xml.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> parameters(String body) {
        var parameters = new LinkedHashMap<String, String>();
        for (var pair : body.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0)
                parameters.put(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return parameters;
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
