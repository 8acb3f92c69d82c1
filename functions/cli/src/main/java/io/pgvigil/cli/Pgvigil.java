package io.pgvigil.cli;

import io.pgvigil.cli.deploy.DeployCommand;
import io.pgvigil.cli.deploy.UndeployCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "pgvigil",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        header = "PostgreSQL backups that are proven by restoring them.",
        footer = {
            "",
            "Exit codes: 0 done and good · 1 the answer is no, or it failed · 2 usage or",
            "configuration · 3 only in part · 4 unreachable or busy, try again.",
            "",
            "Try it without anything of your own: pgvigil demo"
        },
        subcommands = {
            BackupCommand.class,
            ListCommand.class,
            ShowCommand.class,
            StatusCommand.class,
            WatchCommand.class,
            DoctorCommand.class,
            ReportCommand.class,
            VerifyCommand.class,
            CopyCommand.class,
            RestoreCommand.class,
            RetentionCommand.class,
            GrantsCommand.class,
            ConfigCommand.class,
            ScheduleCommand.class,
            InvokeCommand.class,
            DeployCommand.class,
            UndeployCommand.class,
            DemoCommand.class,
            WarmUpCommand.class
        })
final class Pgvigil implements Runnable {
    // picocli fills it in before anything runs.
    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
