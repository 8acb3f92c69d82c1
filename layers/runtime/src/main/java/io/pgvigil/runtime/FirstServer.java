package io.pgvigil.runtime;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The first configuration of a new stack, from the parameters it was deployed with
/// (`PGVIGIL_FIRST_…`), so that one deployment is enough.
public final class FirstServer {
    private final StoreUri store;
    private final Settings settings;

    private FirstServer(StoreUri store, Settings settings) {
        this.store = store;
        this.settings = settings;
    }

    /// Empty when the stack was deployed without a first server.
    public static Optional<FirstServer> from(StoreUri store, Map<String, String> environment) {
        var settings = new Settings(environment);
        return settings.optional("PGVIGIL_FIRST_HOST").map(_ -> new FirstServer(store, settings));
    }

    /// The document, checked as every configuration is. Throws with everything that is wrong at once.
    public String yaml() {
        var missing = new ArrayList<String>();
        for (var name : List.of("PGVIGIL_FIRST_USER", "PGVIGIL_FIRST_SECRET"))
            if (settings.optional(name).isEmpty()) missing.add(name + " is not set");
        var text = text();
        try {
            ConfigurationReader.read(text, "the first server (PGVIGIL_FIRST_…)");
        } catch (Problem problem) {
            missing.add(problem.what());
        }
        if (missing.isEmpty()) return text;
        throw new Problem(
                ErrorCode.CONFIG_INVALID,
                "no configuration can be made of PGVIGIL_FIRST_…: " + String.join("; ", missing),
                "Correct the stack's parameters and deploy again, or write config.yaml into the store"
                        + " yourself.");
    }

    private String text() {
        var host = value("HOST", "");
        var text = new StringBuilder();
        text.append(
                        "# Written once by pgvigil from the parameters of its stack. From now on this file is\n")
                .append(
                        "# what counts: change it here. docs/configuration.md says what it can hold.\n")
                .append("store: ")
                .append(quoted(store.toString()))
                .append("\nservers:\n  ")
                .append(quoted(value("SERVER", name(host))))
                .append(":\n    connect:\n      host: ")
                .append(quoted(host))
                .append('\n');
        settings.optional("PGVIGIL_FIRST_PORT")
                .ifPresent(port -> text.append("      port: ").append(quoted(port)).append('\n'));
        text.append("      user: ")
                .append(quoted(value("USER", "postgres")))
                .append("\n      secret: ")
                .append(quoted(value("SECRET", "iam")))
                .append("\n    databases: ")
                .append(databases(value("DATABASES", "all")))
                .append("\n    profile: ")
                .append(quoted(value("PROFILE", "production")))
                .append('\n');
        return text.toString();
    }

    private String value(String name, String otherwise) {
        return settings.optional("PGVIGIL_FIRST_" + name).map(String::strip).orElse(otherwise);
    }

    private static String databases(String list) {
        if (list.equals("all")) return "all";
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(FirstServer::quoted)
                .toList()
                .toString();
    }

    /// The first label of a host's name: `orders` of `orders.abc.eu-west-1.rds.amazonaws.com`.
    private static String name(String host) {
        var label = host.toLowerCase(Locale.ROOT).split("\\.", -1)[0];
        return label.matches("[a-z][a-z0-9_-]*") ? label : "main";
    }

    /// JSON's quotes are YAML's, too.
    private static String quoted(String text) {
        return Json.line(text);
    }
}
