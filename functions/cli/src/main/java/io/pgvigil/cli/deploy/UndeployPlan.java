package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How a stack is taken down, for a person to type: what is deleted should be deleted by somebody who
/// has read each line.
final class UndeployPlan {
    private UndeployPlan() {}

    static List<Step> of(String stack, String region, Answers.With with) {
        var amazon = Amazon.of(stack, region, with);
        var steps = new ArrayList<Step>();
        steps.add(amazon.account());
        steps.add(amazon.output("store", "Where the backups are and stay", "STORE", "StoreUri"));
        steps.addAll(amazon.prepared());
        steps.add(
                Step.Run.of(
                        "stop",
                        "Stop the timetable; everything else stays as it is",
                        amazon.deployed(Map.of(Parameters.TICK_STATE, "DISABLED"))));
        steps.add(
                Step.Run.of(
                        "look",
                        "Wait until nothing is under way",
                        Command.of("./pgvigil", "status", "--stack", stack)));
        steps.add(
                Step.Run.of(
                        "slots",
                        "On each server: a slot that nobody reads keeps its WAL until the disk is"
                                + " full",
                        Command.of("psql", "--command", DROP_SLOTS)));
        steps.add(
                Step.Run.of(
                        "delete",
                        "Delete the stack; the bucket and its key are kept",
                        Amazon.aws("cloudformation", "delete-stack", "--stack-name", stack)));
        steps.add(
                Step.Run.of(
                        "deleted",
                        "Until it is gone",
                        Amazon.aws("cloudformation", "wait", "stack-delete-complete")
                                .with("--stack-name", stack)));
        steps.add(
                Step.Run.of(
                        "list",
                        "The backups, without the stack",
                        Command.of("./pgvigil", "list", "--store", "${STORE}")));
        return List.copyOf(steps);
    }

    static final String DROP_SLOTS =
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
                    + " where slot_name like 'pgvigil%' and not active";
}
