package io.pgvigil.wire.config;

import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Connect;
import io.pgvigil.core.config.CopyPlace;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.Drills;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/// The configuration as it counts, with every default written out; reading it gives the same again.
public final class ConfigurationPrinter {
    private static final int WIDTH = 100;

    private ConfigurationPrinter() {}

    public static String print(Configuration configuration) {
        var document = new LinkedHashMap<String, Object>();
        document.put("store", configuration.store().toString());
        var servers = new LinkedHashMap<String, Object>();
        configuration
                .servers()
                .forEach((name, server) ->
                        servers.put(
                                name.value(),
                                server(
                                        server,
                                        Objects.requireNonNull(
                                                configuration.profiles().get(server.profile())))));
        document.put("servers", servers);
        var profiles = new LinkedHashMap<String, Object>();
        configuration.profiles().forEach((name, profile) -> profiles.put(name, profile(profile)));
        document.put("profiles", profiles);

        var options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(WIDTH);
        // An anchor (&id001) where two lists are the same object would confuse the reader.
        options.setDereferenceAliases(true);
        return new Yaml(options).dump(document);
    }

    private static Map<String, Object> server(ServerConfig server, Profile profile) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("connect", connect(server.connect()));
        switch (server.databases()) {
            case Databases.Listed(var names) ->
                    fields.put("databases", names.stream().map(Object::toString).toList());
            case Databases.All(var except) -> {
                fields.put("databases", "all");
                if (!except.isEmpty())
                    fields.put("except", except.stream().map(Object::toString).toList());
            }
        }
        fields.put("profile", server.profile());
        if (!server.logical().complete()) fields.put("logical", selection(server.logical()));
        fields.put("limits", limits(server.limits()));
        // Overrides are not stored as such: they are what differs from the profile.
        var overrides = profile(server.policy());
        profile(profile).forEach(overrides::remove);
        if (!overrides.isEmpty()) fields.put("overrides", overrides);
        return fields;
    }

    private static Map<String, Object> connect(Connect connect) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("host", connect.host());
        fields.put("port", connect.port());
        fields.put("user", connect.user());
        fields.put("secret", connect.secret().toString());
        fields.put("sslmode", connect.sslmode().libpqName());
        connect.sslrootcert().ifPresent(file -> fields.put("sslrootcert", file));
        return fields;
    }

    private static Map<String, Object> selection(Selection selection) {
        var fields = new LinkedHashMap<String, Object>();
        putUnlessEmpty(fields, "schemas", selection.schemas());
        putUnlessEmpty(fields, "exclude_schemas", selection.excludeSchemas());
        putUnlessEmpty(fields, "tables", selection.tables());
        putUnlessEmpty(fields, "exclude_tables", selection.excludeTables());
        putUnlessEmpty(fields, "exclude_table_data", selection.excludeTableData());
        return fields;
    }

    private static void putUnlessEmpty(Map<String, Object> fields, String key, List<?> list) {
        if (!list.isEmpty()) fields.put(key, list);
    }

    private static Map<String, Object> limits(Limits limits) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("lock_timeout", Spans.print(limits.lockTimeout()));
        fields.put("longest", Spans.print(limits.longest()));
        fields.put("at_once", limits.atOnce());
        fields.put("catch_up", Spans.print(limits.catchUp()));
        return fields;
    }

    /// Every field, switched off ones as `none` and empty lists as `[]`, so that reading it over
    /// any other profile gives exactly this one.
    private static Map<String, Object> profile(Profile profile) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("kind", profile.kind().word());
        fields.put("logical", schedule(profile.logical()));
        fields.put("physical", schedule(profile.physical()));
        fields.put("wal", schedule(profile.wal()));
        fields.put("drill", drill(profile.drill()));
        fields.put("rpo", promise(profile.rpo()));
        fields.put("rto", promise(profile.rto()));
        fields.put("keep", keep(profile.keep()));
        fields.put("tiers", tiers(profile.tiers()));
        fields.put("lock", profile.lock().word());
        fields.put("checks", profile.checks().stream().map(ConfigurationPrinter::check).toList());
        fields.put("copies", profile.copies().stream().map(ConfigurationPrinter::copy).toList());
        fields.put("notify", profile.notified().stream().map(Object::toString).toList());
        profile.timezone().ifPresent(zone -> fields.put("timezone", zone.getId()));
        return fields;
    }

    private static String schedule(Optional<Schedule> schedule) {
        return schedule.map(Schedule::toString).orElse("none");
    }

    private static String promise(Optional<Duration> promise) {
        return promise.map(Spans::print).orElse("none");
    }

    private static Map<String, Object> drill(Drills drill) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("schedule", schedule(drill.schedule()));
        fields.put("accept", drill.accept().stream().map(ConfigurationPrinter::accepted).toList());
        fields.put("instance", drill.instance().kind().word());
        drill.instance().rds().ifPresent(place -> fields.put("rds", placement(place)));
        return fields;
    }

    private static Map<String, Object> placement(RdsPlacement place) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("subnet_group", place.subnetGroup());
        fields.put("security_groups", place.securityGroups());
        fields.put("class", place.instanceClass());
        place.parameterGroup().ifPresent(group -> fields.put("parameter_group", group));
        place.kmsKey().ifPresent(key -> fields.put("kms_key", key));
        fields.put("longest", Spans.print(place.longest()));
        return fields;
    }

    private static Map<String, Object> accepted(Acceptance accepted) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("object", accepted.object());
        fields.put("reason", accepted.reason());
        fields.put("expires", accepted.expires().toString());
        return fields;
    }

    private static Map<String, Object> keep(Keep keep) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("last", keep.last());
        fields.put("within", Spans.print(keep.within()));
        fields.put("daily", keep.daily());
        fields.put("weekly", keep.weekly());
        fields.put("monthly", keep.monthly());
        fields.put("yearly", keep.yearly());
        fields.put("compliance", keep.compliance());
        fields.put("wal", Spans.print(keep.wal()));
        return fields;
    }

    private static Map<String, Object> tiers(Tiers tiers) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("daily", tiers.daily().name());
        fields.put("weekly", tiers.weekly().name());
        fields.put("monthly", tiers.monthly().name());
        fields.put("yearly", tiers.yearly().name());
        return fields;
    }

    private static Object copy(CopyPlace place) {
        if (place.keep().isEmpty()) return place.to().toString();
        var fields = new LinkedHashMap<String, Object>();
        fields.put("to", place.to().toString());
        fields.put("keep", keep(place.keep().get()));
        return fields;
    }

    private static Map<String, Object> check(Check check) {
        var fields = new LinkedHashMap<String, Object>();
        if (!check.name().equals(Check.label(check.sql()))) fields.put("name", check.name());
        check.database().ifPresent(database -> fields.put("database", database.value()));
        fields.put("sql", check.sql());
        return fields;
    }
}
