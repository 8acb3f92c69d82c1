package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.schedule.Crontab;
import io.pgvigil.wire.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "schedule",
        mixinStandardHelpOptions = true,
        description = "What is due when.",
        subcommands = ScheduleCommand.PrintCommand.class)
final class ScheduleCommand {

    @Command(
            name = "print",
            mixinStandardHelpOptions = true,
            description = "Print cron and systemd lines for a host outside AWS.")
    static final class PrintCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();

        @Override
        public Integer call() {
            var configuration =
                    common.configuration()
                            .orElseThrow(
                                    () ->
                                            new Problem(
                                                    ErrorCode.CONFIG_NOT_FOUND,
                                                    "no configuration is named",
                                                    "Add --config FILE or set PGVIGIL_CONFIG."));
            var place = common.configFile().orElseThrow();
            var cron = Crontab.cron(configuration, place);
            var systemd = Crontab.systemd(configuration, place);
            if (common.json())
                System.out.println(Json.line(Map.of("cron", cron, "systemd", systemd)));
            else System.out.print(cron + "\n" + systemd);
            return ExitStatus.DONE.code();
        }
    }
}
