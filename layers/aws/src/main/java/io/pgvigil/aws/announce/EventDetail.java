package io.pgvigil.aws.announce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.core.announce.Announcement;
import java.util.Optional;

/// An announcement as the `detail` of an event; `docs/events.md` describes it.
public final class EventDetail {
    static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private EventDetail() {}

    static ObjectNode tree(Announcement announcement, Optional<String> stack) {
        var detail = JSON.createObjectNode();
        detail.put("format", FORMAT);
        stack.ifPresent(name -> detail.put("stack", name));
        detail.put("event", announcement.event());
        detail.put("severity", announcement.severity().name());
        detail.put("subject", announcement.subject());
        detail.put("headline", announcement.headline());
        detail.put("text", announcement.text());
        var details = detail.putObject("details");
        announcement.details().forEach(details::put);
        detail.put("at", announcement.at().toString());
        return detail;
    }

    public static String of(Announcement announcement, Optional<String> stack) {
        try {
            return JSON.writeValueAsString(tree(announcement, stack));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
