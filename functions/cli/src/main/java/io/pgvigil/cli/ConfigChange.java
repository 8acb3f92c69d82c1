package io.pgvigil.cli;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.ServerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What a new configuration changes for each server.
///
/// @param changed the settings in force that differ, whether written at the server or in its profile
record ConfigChange(
        List<ServerName> added, List<ServerName> removed, Map<ServerName, List<String>> changed) {

    private static final Map<String, Function<ServerConfig, Object>> OF_SERVER = ofServer();
    private static final Map<String, Function<Profile, Object>> OF_POLICY = ofPolicy();

    /// @param before empty: there was none, or none that could be read
    static ConfigChange of(Optional<Configuration> before, Configuration after) {
        var old = before.map(Configuration::servers).orElse(Map.of());
        var added = new ArrayList<ServerName>();
        var changed = new LinkedHashMap<ServerName, List<String>>();
        after.servers()
                .forEach((name, server) -> {
                    var was = old.get(name);
                    if (was == null) added.add(name);
                    else if (!was.equals(server)) changed.put(name, different(was, server));
                });
        var removed =
                old.keySet().stream().filter(name -> !after.servers().containsKey(name)).toList();
        return new ConfigChange(added, removed, changed);
    }

    boolean nothing() {
        return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
    }

    private static List<String> different(ServerConfig was, ServerConfig is) {
        var names = new ArrayList<String>();
        OF_SERVER.forEach((name, part) -> {
            if (!part.apply(was).equals(part.apply(is))) names.add(name);
        });
        OF_POLICY.forEach((name, part) -> {
            if (!part.apply(was.policy()).equals(part.apply(is.policy()))) names.add(name);
        });
        return names;
    }

    private static Map<String, Function<ServerConfig, Object>> ofServer() {
        var parts = new LinkedHashMap<String, Function<ServerConfig, Object>>();
        parts.put("connect", ServerConfig::connect);
        parts.put("databases", ServerConfig::databases);
        parts.put("profile", ServerConfig::profile);
        parts.put("selection", ServerConfig::logical);
        parts.put("limits", ServerConfig::limits);
        return parts;
    }

    private static Map<String, Function<Profile, Object>> ofPolicy() {
        var parts = new LinkedHashMap<String, Function<Profile, Object>>();
        parts.put("kind", Profile::kind);
        parts.put("logical", Profile::logical);
        parts.put("physical", Profile::physical);
        parts.put("wal", Profile::wal);
        parts.put("drill", Profile::drill);
        parts.put("rpo", Profile::rpo);
        parts.put("rto", Profile::rto);
        parts.put("keep", Profile::keep);
        parts.put("lock", Profile::lock);
        parts.put("checks", Profile::checks);
        parts.put("copies", Profile::copies);
        parts.put("notify", Profile::notified);
        parts.put("timezone", Profile::timezone);
        return parts;
    }

    String words() {
        var table = new Table("lll", "", "SERVER", "WHAT CHANGES");
        added.forEach(name -> table.row("+", name.value(), "new"));
        changed.forEach((name, parts) -> table.row("~", name.value(), String.join(", ", parts)));
        removed.forEach(
                name -> table.row("-", name.value(), "its backups stay; no new ones are made"));
        return nothing() ? "no server is added, removed or changed\n" : table.print();
    }

    Map<String, Object> shape() {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("added", added);
        shape.put("removed", removed);
        var parts = new LinkedHashMap<String, List<String>>();
        changed.forEach((name, what) -> parts.put(name.value(), what));
        shape.put("changed", parts);
        return shape;
    }
}
