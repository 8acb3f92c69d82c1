package io.pgvigil.cli;

import io.pgvigil.core.config.ConfigCheck;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.runtime.Configured;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationPrinter;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Check, read and change the configuration.",
        subcommands = {
            ConfigCommand.CheckCommand.class,
            ConfigGetCommand.class,
            ConfigPutCommand.class,
            ConfigAcceptCommand.class
        })
final class ConfigCommand {

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Check the configuration as a whole and name every problem at once.",
                "Exit code 0: usable, perhaps with warnings; 2: not usable."
            })
    static final class CheckCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();

        @Option(names = "--print", description = "Print what is in force, defaults included.")
        private boolean print;

        @Override
        public Integer call() {
            var place =
                    common.configFile()
                            .orElseThrow(() ->
                                    new Problem(
                                            ErrorCode.CONFIG_NOT_FOUND,
                                            "no configuration is named",
                                            "Add --config FILE or --stack NAME, or set PGVIGIL_CONFIG."));
            var configuration = ConfigurationReader.read(Configured.text(place), place);
            var findings = ConfigCheck.of(configuration, Instant.now()).findings();
            if (common.json()) {
                var shape = new LinkedHashMap<String, Object>();
                shape.put("config", place);
                shape.put("usable", true);
                shape.put("findings", findings);
                System.out.println(Json.line(shape));
                return ExitStatus.DONE.code();
            }
            if (print) System.out.print(ConfigurationPrinter.print(configuration));
            findings.forEach(finding ->
                    System.out.printf(
                            "%s  %s: %s%n  HINT: %s%n",
                            finding.severity().name().toLowerCase(Locale.ROOT),
                            finding.path(),
                            finding.what(),
                            finding.hint()));
            System.out.printf(
                    "%s is usable: %d servers, store %s%n",
                    place, configuration.servers().size(), configuration.store());
            return ExitStatus.DONE.code();
        }
    }
}
