package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.schedule.Crontab;
import io.pgvigil.core.schedule.Invocation;
import io.pgvigil.core.schedule.SystemdUnits;
import io.pgvigil.core.schedule.Timetable;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.wire.Json;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
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
        private static final Set<Work> MADE = Set.of(Work.LOGICAL, Work.DRILL);

        @Mixin private Common common = new Common();

        @Override
        public Integer call() {
            var configuration =
                    common.configuration()
                            .orElseThrow(() ->
                                    new Problem(
                                            ErrorCode.CONFIG_NOT_FOUND,
                                            "no configuration is named",
                                            "Add --config FILE or set PGVIGIL_CONFIG."));
            var invocation =
                    new Invocation(
                            program(),
                            Path.of(common.configFile().orElseThrow())
                                    .toAbsolutePath()
                                    .normalize()
                                    .toString());
            // Lines for what this version does not do would fail every time they fall due.
            var timetable =
                    new Timetable(
                            configuration.timetable().entries().stream()
                                    .filter(entry -> MADE.contains(entry.work()))
                                    .toList());
            var cron = Crontab.text(timetable, invocation);
            var units = SystemdUnits.files(timetable, invocation);
            if (common.json())
                System.out.println(Json.line(Map.of("cron", cron, "systemd", units)));
            else {
                System.out.println("# Either cron: put this into a crontab");
                System.out.print(cron);
                System.out.println();
                System.out.println(
                        "# Or systemd: put each file into /etc/systemd/system, then enable the timers");
                units.forEach((name, text) -> System.out.print("\n# --- " + name + "\n" + text));
            }
            return ExitStatus.DONE.code();
        }

        /// The launcher script names itself; a program on the path is called by its name's full path.
        private static String program() {
            return System.getProperty("pgvigil.program", "/usr/local/bin/pgvigil");
        }
    }
}
