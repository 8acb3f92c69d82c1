package io.pgvigil.cli.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "undeploy",
        mixinStandardHelpOptions = true,
        description = {
            "Print the commands that take a stack down. Nothing is done.",
            "Backups are not deleted: the bucket and its key stay when the stack goes."
        })
public final class UndeployCommand implements Callable<Integer> {
    @Option(names = "--stack", defaultValue = "pgvigil", description = "Default: pgvigil.")
    private String stack = "pgvigil";

    @Option(names = "--region", description = "Default: AWS_REGION, AWS_DEFAULT_REGION.")
    private String region = "";

    @Option(names = "--with", description = "sam or aws: what the stack was deployed with.")
    private Answers.With with = Answers.With.AWS;

    @Override
    public Integer call() {
        var chosen = Regions.chosen(region);
        System.out.print(Script.of(chosen, UndeployPlan.of(stack, chosen, with)));
        return 0;
    }
}
