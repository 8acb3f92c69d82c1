package io.pgvigil.core.config;

/// Who is told about findings: `sns` for the topic of the stack, or the ARN of another topic.
public record NotifyTarget(String text) {
    public NotifyTarget {
        if (!text.equals("sns")
                && !text.matches("arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}"))
            throw new IllegalArgumentException(
                    "'" + text + "' cannot be notified; write sns or the ARN of an SNS topic");
    }

    @Override
    public String toString() {
        return text;
    }
}
