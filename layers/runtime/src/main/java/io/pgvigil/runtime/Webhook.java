package io.pgvigil.runtime;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgvigil.aws.announce.EventDetail;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Posts announcements to an address: as Slack and what imitates it wants them, or as the event's own
/// JSON.
///
/// The address is as good as a password, so no message quotes more of it than its host.
public final class Webhook implements Announcer {
    /// Of one post. A function must not be billed for waiting.
    private static final Duration LIMIT = Duration.ofSeconds(8);

    private static final int TOO_MANY = 429;

    enum Style {
        SLACK,
        GENERIC
    }

    private final URI address;
    private final Style style;
    private final Optional<String> stack;
    private final Duration limit;

    private Webhook(URI address, Style style, Optional<String> stack, Duration limit) {
        this.address = address;
        this.style = style;
        this.stack = stack;
        this.limit = limit;
    }

    /// Empty when `PGVIGIL_WEBHOOK` is not set.
    static Optional<Webhook> from(Map<String, String> environment) {
        return from(environment, LIMIT);
    }

    static Optional<Webhook> from(Map<String, String> environment, Duration limit) {
        var settings = new Settings(environment);
        return settings.optional("PGVIGIL_WEBHOOK")
                .map(text -> {
                    var address = WebAddress.parse("PGVIGIL_WEBHOOK", text);
                    return new Webhook(
                            address,
                            settings.optional("PGVIGIL_WEBHOOK_STYLE")
                                    .map(Webhook::style)
                                    .orElse(usual(address)),
                            settings.optional("PGVIGIL_STACK"),
                            limit);
                });
    }

    private static Style usual(URI address) {
        return "hooks.slack.com".equals(address.getHost()) ? Style.SLACK : Style.GENERIC;
    }

    private static Style style(String word) {
        return Arrays.stream(Style.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.CONFIG_INVALID,
                                "PGVIGIL_WEBHOOK_STYLE=" + word + " is no style",
                                "Write slack (also for what imitates it) or generic."));
    }

    @Override
    public void announce(Announcement announcement) {
        if (style == Style.SLACK && !announcement.forPeople()) return;
        var post =
                HttpRequest.newBuilder(address)
                        .header("Content-Type", "application/json; charset=utf-8")
                        .POST(HttpRequest.BodyPublishers.ofString(body(announcement)));
        try {
            var status = WebCall.status(post, limit);
            if (status / 100 == 2) return;
            throw failed(
                    announcement,
                    "answered with status " + status,
                    status == TOO_MANY || status >= 500,
                    null);
        } catch (IOException e) {
            throw failed(announcement, "did not answer: " + e.getClass().getSimpleName(), true, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(announcement, "was not waited for", true, e);
        }
    }

    private Problem failed(
            Announcement announcement, String how, boolean again, @Nullable Exception cause) {
        return new Problem(
                ErrorCode.ANNOUNCEMENT_FAILED,
                announcement.event()
                        + " of "
                        + announcement.subject()
                        + " was not announced: the webhook at "
                        + address.getHost()
                        + " "
                        + how,
                "Is PGVIGIL_WEBHOOK still valid, and can it be reached from here?",
                again,
                cause);
    }

    private String body(Announcement announcement) {
        return switch (style) {
            case GENERIC -> EventDetail.of(announcement, stack);
            case SLACK ->
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("text", slack(announcement))
                            .toString();
        };
    }

    /// See <https://docs.slack.dev/messaging/formatting-message-text>.
    private String slack(Announcement announcement) {
        var text =
                "*"
                        + announcement.severity()
                        + "* "
                        + announcement.headline()
                        + "\n"
                        + announcement.text()
                        + stack.map(name -> "\nStack " + name).orElse("");
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
