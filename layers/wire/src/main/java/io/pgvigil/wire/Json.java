package io.pgvigil.wire;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.pgvigil.archive.facts.Fingerprint;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.Versioned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// JSON as pgvigil reads and writes it: one-value types as text, times in ISO-8601, absent values left
/// out, unknown members ignored so that an older version reads what a newer one added.
public final class Json {
    private static final ObjectMapper MAPPER = mapper();

    private Json() {}

    /// Loads beforehand what reading and writing documents needs.
    ///
    /// @param documents those that will certainly be read
    public static void prepare(Class<?>... documents) {
        var sample =
                new Sample(Instant.EPOCH, Duration.ZERO, Optional.of("word"), List.of(), Map.of());
        var unused = read(bytes(sample), Sample.class, "a sample");
        for (var document : documents) prepare(document);
    }

    /// A reader looks up how its class is read when it is made.
    private static void prepare(Class<?> document) {
        var unused = MAPPER.readerFor(document);
    }

    private record Sample(
            Instant time,
            Duration duration,
            Optional<String> optional,
            List<RunId> words,
            Map<String, String> members) {}

    public static byte[] bytes(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// For documents with many entries, where indentation would be most of the size.
    public static byte[] compactBytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One line, as logs and progress want it.
    public static String line(Object value) {
        return new String(compactBytes(value), StandardCharsets.UTF_8);
    }

    /// An object's members as plain values, for those who write JSON in another way.
    public static Map<String, Object> members(Object value) {
        return MAPPER.convertValue(value, new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    public static JsonNode tree(Object value) {
        return MAPPER.valueToTree(value);
    }

    /// @param source what the text is, for the message when it cannot be read
    public static <T> T read(byte[] json, Class<T> type, String source) {
        try {
            return MAPPER.readValue(json, type);
        } catch (IOException e) {
            throw unreadable(source, e);
        }
    }

    /// Reads a stored document, unless a newer pgvigil wrote it in a shape that this one does not know.
    ///
    /// @param highest the newest format of this document that this version knows
    public static <T extends Versioned> T read(Document document, Class<T> type, int highest) {
        var source = document.key().value();
        var read = read(document.content(), type, source);
        requireKnown(read.format(), highest, source);
        return read;
    }

    static void requireKnown(int format, int highest, String source) {
        if (format <= highest) return;
        throw new Problem(
                ErrorCode.DOCUMENT_TOO_NEW,
                source + " has format " + format,
                "It was written by a newer pgvigil; this one reads up to format " + highest + ".");
    }

    public static <T> T read(JsonNode json, Class<T> type, String source) {
        try {
            return MAPPER.treeToValue(json, type);
        } catch (IOException e) {
            throw unreadable(source, e);
        }
    }

    public static JsonNode readTree(byte[] json, String source) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw unreadable(source, e);
        }
    }

    private static Problem unreadable(String source, IOException e) {
        if (e.getCause() instanceof Problem inner) return inner;
        // Jackson's own message quotes the document; where it stopped says enough.
        var what =
                e instanceof JsonProcessingException json
                        ? json.getOriginalMessage()
                        : e.getMessage();
        return new Problem(
                ErrorCode.DOCUMENT_INVALID,
                source + " cannot be read: " + what,
                "Was it written by something else, or damaged? docs/formats.md describes it.",
                e);
    }

    private static ObjectMapper mapper() {
        var words = new SimpleModule("pgvigil");
        word(words, BackupId.class, BackupId::new);
        word(words, RunId.class, RunId::new);
        word(words, ServerName.class, ServerName::new);
        word(words, DatabaseName.class, DatabaseName::new);
        word(words, SystemIdentifier.class, SystemIdentifier::new);
        word(words, ObjectKey.class, ObjectKey::new);
        word(words, Lsn.class, Lsn::parse);
        word(words, Fingerprint.class, Fingerprint::parse);
        word(words, StoreUri.class, StoreUri::parse);
        word(words, RetrievalSpeed.class, RetrievalSpeed::parse);
        var absentIsEmpty = JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY);
        return JsonMapper.builder()
                .withConfigOverride(List.class, list -> list.setSetterInfo(absentIsEmpty))
                .withConfigOverride(Map.class, map -> map.setSetterInfo(absentIsEmpty))
                .addModule(new Jdk8Module())
                .addModule(new JavaTimeModule())
                .addModule(words)
                .addMixIn(Order.class, OrderShape.class)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                // What follows a document is not part of it, so somebody changed the object.
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                // What a record does not call optional must be there: no null gets past this edge.
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                // A record's components are its JSON; methods named like getters are not.
                .visibility(PropertyAccessor.GETTER, JsonAutoDetect.Visibility.NONE)
                .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
                .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
                .serializationInclusion(JsonInclude.Include.NON_ABSENT)
                .build();
    }

    private static <T> void word(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(
                type,
                new StdDeserializer<T>(type) {
                    @Override
                    public T deserialize(JsonParser parser, DeserializationContext context)
                            throws IOException {
                        if (!parser.currentToken().isScalarValue())
                            throw context.wrongTokenException(
                                    parser, type, JsonToken.VALUE_STRING, "text is wanted");
                        try {
                            return parse.apply(parser.getValueAsString(""));
                        } catch (IllegalArgumentException e) {
                            throw context.weirdStringException(
                                    parser.getText(), type, String.valueOf(e.getMessage()));
                        }
                    }
                });
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "order")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Order.Backup.class, name = "backup"),
        @JsonSubTypes.Type(value = Order.Physical.class, name = "physical"),
        @JsonSubTypes.Type(value = Order.Harvest.class, name = "wal"),
        @JsonSubTypes.Type(value = Order.Drill.class, name = "verify"),
        @JsonSubTypes.Type(value = Order.Copy.class, name = "copy"),
        @JsonSubTypes.Type(value = Order.Recover.class, name = "recover"),
        @JsonSubTypes.Type(value = Order.PointInTime.class, name = "point-in-time"),
        @JsonSubTypes.Type(value = Order.ManagedDrill.class, name = "verify-managed"),
        @JsonSubTypes.Type(value = Order.Restore.class, name = "restore")
    })
    @JsonIgnoreProperties(ignoreUnknown = true)
    private interface OrderShape {}
}
