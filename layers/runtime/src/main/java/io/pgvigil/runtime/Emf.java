package io.pgvigil.runtime;

import io.pgvigil.core.ServerName;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// CloudWatch's embedded metric format: a line of log that is a metric.
///
/// See
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
public final class Emf {
    public static final String NAMESPACE = "pgvigil";

    private Emf() {}

    /// One measured value.
    ///
    /// @param unit as CloudWatch spells it
    public record Metric(String name, String unit, double value) {
        public static Metric count(String name, long value) {
            return new Metric(name, "Count", value);
        }

        public static Metric bytes(String name, long value) {
            return new Metric(name, "Bytes", value);
        }

        public static Metric seconds(String name, double value) {
            return new Metric(name, "Seconds", value);
        }

        /// Whole numbers without a fraction, as people write them.
        private Number number() {
            if (value == Math.rint(value)) return (long) value;
            return value;
        }
    }

    /// The line, without its line break: per stack, and per server when there is one.
    public static String line(
            Instant at, String stack, Optional<ServerName> server, List<Metric> metrics) {
        var dimensions = new ArrayList<List<String>>();
        dimensions.add(List.of("Stack"));
        if (server.isPresent()) dimensions.add(List.of("Stack", "Server"));
        var directive = new LinkedHashMap<String, Object>();
        directive.put("Namespace", NAMESPACE);
        directive.put("Dimensions", dimensions);
        directive.put(
                "Metrics",
                metrics.stream()
                        .map(metric -> {
                            var shape = new LinkedHashMap<String, String>();
                            shape.put("Name", metric.name());
                            shape.put("Unit", metric.unit());
                            return shape;
                        })
                        .toList());
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("Timestamp", at.toEpochMilli());
        metadata.put("CloudWatchMetrics", List.of(directive));
        var line = new LinkedHashMap<String, Object>();
        line.put("_aws", metadata);
        line.put("Stack", stack);
        server.ifPresent(name -> line.put("Server", name.value()));
        metrics.forEach(metric -> line.put(metric.name(), metric.number()));
        return Json.line(line);
    }
}
