package io.pgvigil.aws.announce;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where announcements go: to a topic, to a bus, or to both.
///
/// @param topic its ARN
/// @param bus its name or ARN
/// @param stack the stack's name, so that events of several stacks can be told apart
public record AnnounceSettings(
        Optional<String> topic, Optional<String> bus, Optional<String> stack) {
    private static final Pattern TOPIC =
            Pattern.compile(
                    "arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\\.fifo)?");
    private static final Pattern BUS =
            Pattern.compile(
                    "(arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[A-Za-z0-9._/-]{1,256}");

    /// @throws Problem with `CONFIG_INVALID` naming everything that is wrong
    public static AnnounceSettings from(Map<String, String> environment) {
        var problems = new ArrayList<String>();
        var topic = value(environment, "PGVIGIL_TOPIC");
        topic.filter(arn -> !TOPIC.matcher(arn).matches())
                .ifPresent(arn -> problems.add("PGVIGIL_TOPIC=" + arn + " is not a topic's ARN"));
        // Its messages need a group and can reach no mailbox.
        topic.filter(arn -> arn.endsWith(".fifo"))
                .ifPresent(arn -> problems.add("PGVIGIL_TOPIC=" + arn + " is a FIFO topic"));
        var bus = value(environment, "PGVIGIL_EVENT_BUS");
        bus.filter(name -> !BUS.matcher(name).matches())
                .ifPresent(
                        name -> problems.add("PGVIGIL_EVENT_BUS=" + name + " is not an event bus"));
        if (topic.isEmpty() && bus.isEmpty())
            problems.add("neither PGVIGIL_TOPIC nor PGVIGIL_EVENT_BUS is set");
        if (!problems.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    String.join("; ", problems),
                    "The stack sets these variables of its functions; docs/environment.md says what"
                            + " they hold.");
        return new AnnounceSettings(topic, bus, value(environment, "PGVIGIL_STACK"));
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }
}
