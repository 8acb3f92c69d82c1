package io.pgvigil.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pgvigil.core.store.ObjectChecksum;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The part of S3 that the store uses, with S3's promises kept (atomic conditional writes, checksums
/// verified, order of bytes) and faults on demand. One bucket, path style, no signatures.
public final class FakeS3 implements AutoCloseable {
    public static final String BUCKET = "fake-bucket";

    /// Small, so that lists have several pages.
    public static final int PAGE = 100;

    private static final int SMALLEST_PART = 5 << 20;
    private static final Pattern PART =
            Pattern.compile("<PartNumber>(\\d+)</PartNumber>|<ETag>(?:&quot;|\")?([^<&\"]+)");

    /// What was asked, as a fault sees it.
    public record Request(
            String method, String key, Map<String, String> query, Map<String, String> headers) {
        public boolean is(String method, String... parameters) {
            return this.method.equals(method) && query.keySet().containsAll(List.of(parameters));
        }
    }

    /// What happens to a request instead of, or besides, what should.
    public sealed interface Fault {
        /// An answer of this status, with S3's form of an error when there is a code.
        record Answer(int status, String code) implements Fault {}

        /// The body of the answer ends early, and the connection with it.
        record CutAfter(long bytes) implements Fault {}

        /// The deed is done, and the answer never arrives.
        record NoAnswer() implements Fault {}

        /// The deed is done, and the answer is another one.
        record DoneBut(int status, String code) implements Fault {}

        /// Reports success and does nothing.
        record Pretend() implements Fault {}

        /// One bit of what arrives is another.
        record FlipBit() implements Fault {}
    }

    private record Rule(Predicate<Request> when, Fault fault, AtomicInteger times) {}

    private record Stored(
            byte[] content,
            String etag,
            @Nullable String crc32c,
            Map<String, String> metadata,
            Instant modified) {}

    private record Part(byte[] content, String etag) {}

    private static final class Upload {
        final String key;
        final Map<String, String> metadata;
        final Instant begun = now();
        final TreeMap<Integer, Part> parts = new TreeMap<>();

        Upload(String key, Map<String, String> metadata) {
            this.key = key;
            this.metadata = metadata;
        }
    }

    private static final class Refused extends RuntimeException {
        final int status;
        final String code;

        Refused(int status, String code) {
            super(code);
            this.status = status;
            this.code = code;
        }
    }

    private record Reply(int status, byte[] body, Map<String, String> headers, long length) {
        static Reply empty(int status) {
            return new Reply(status, new byte[0], Map.of(), 0);
        }

        static Reply xml(String xml) {
            var body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).getBytes(UTF_8);
            return new Reply(200, body, Map.of("Content-Type", "application/xml"), body.length);
        }

        static Reply json(String json) {
            var body = json.getBytes(UTF_8);
            return new Reply(200, body, Map.of("Content-Type", "application/json"), body.length);
        }

        static Reply error(int status, String code) {
            var xml = xml("<Error><Code>" + code + "</Code><Message>told to</Message></Error>");
            return new Reply(status, xml.body, xml.headers, xml.length);
        }
    }

    private static final String CREDENTIALS =
            """
            {"AccessKeyId": "test", "SecretAccessKey": "test", "Token": "test",
             "Expiration": "2099-01-01T00:00:00Z", "RoleArn": "test"}
            """;

    private final HttpServer server;
    private final String scheme;
    private final TreeMap<String, Stored> objects =
            new TreeMap<>((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
    private final TreeMap<String, Upload> uploads = new TreeMap<>();
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private int ids;

    public FakeS3() {
        this(Optional.empty());
    }

    /// @param tls what it shows to clients; without it speaks plain HTTP
    public FakeS3(Optional<SSLContext> tls) {
        try {
            server = listening(tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scheme = tls.isPresent() ? "https" : "http";
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    private static HttpServer listening(Optional<SSLContext> tls) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls.isEmpty()) return HttpServer.create(address, 0);
        var secure = HttpsServer.create(address, 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
        return secure;
    }

    /// A store for another process, over TLS, that also hands out credentials at `/credentials` as ECS
    /// does. Prints its address and serves until it is killed.
    ///
    /// @param arguments a PKCS12 file and its password
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        var password = arguments[1].toCharArray();
        var keys = KeyStore.getInstance(new File(arguments[0]), password);
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password);
        var tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        var s3 = new FakeS3(Optional.of(tls));
        s3.server.createContext(
                "/credentials",
                exchange -> {
                    try (exchange) {
                        send(exchange, Reply.json(CREDENTIALS), -1);
                    }
                });
        System.out.println(s3.endpoint());
    }

    public URI endpoint() {
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
    }

    /// The next `times` requests of this kind meet the fault.
    public void on(Predicate<Request> when, Fault fault, int times) {
        rules.add(new Rule(when, fault, new AtomicInteger(times)));
    }

    public List<Request> requests() {
        return requests;
    }

    public synchronized List<String> keys() {
        return List.copyOf(objects.keySet());
    }

    public synchronized int openUploads() {
        return uploads.size();
    }

    /// Changes what is stored, not what is known about it.
    public synchronized void rot(String key) {
        var object = Optional.ofNullable(objects.get(key)).orElseThrow();
        object.content[object.content.length / 2] ^= 1;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path =
                    URLDecoder.decode(
                            exchange.getRequestURI().getRawPath().replace("+", "%2B"), UTF_8);
            var slash = path.indexOf('/', 1);
            var bucket = slash < 0 ? path.substring(1) : path.substring(1, slash);
            var key = slash < 0 ? "" : path.substring(slash + 1);
            var request =
                    new Request(
                            exchange.getRequestMethod(), key, query(exchange), headers(exchange));
            requests.add(request);
            var body = exchange.getRequestBody().readAllBytes();
            switch (fault(request)) {
                case null -> send(exchange, answer(exchange, bucket, request, body), -1);
                case Fault.Answer(var status, var code) ->
                        send(exchange, Reply.error(status, code), -1);
                case Fault.CutAfter(var bytes) ->
                        send(exchange, answer(exchange, bucket, request, body), bytes);
                case Fault.NoAnswer() -> {
                    answer(exchange, bucket, request, body);
                    throw new IOException("the answer is lost");
                }
                case Fault.DoneBut(var status, var code) -> {
                    answer(exchange, bucket, request, body);
                    send(exchange, Reply.error(status, code), -1);
                }
                case Fault.Pretend() -> send(exchange, pretended(request, body), -1);
                case Fault.FlipBit() -> {
                    body[body.length / 2] ^= 1;
                    send(exchange, answer(exchange, bucket, request, body), -1);
                }
            }
        }
    }

    private static Reply pretended(Request request, byte[] body) {
        if (request.method.equals("POST"))
            return Reply.xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
        return new Reply(200, new byte[0], Map.of("ETag", quoted(md5(body))), 0);
    }

    private @Nullable Fault fault(Request request) {
        for (var rule : rules)
            if (rule.when.test(request) && rule.times.getAndDecrement() > 0) return rule.fault;
        return null;
    }

    private static void send(HttpExchange exchange, Reply reply, long cutAfter) throws IOException {
        reply.headers.forEach(exchange.getResponseHeaders()::set);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + reply.length);
            exchange.sendResponseHeaders(reply.status, -1);
            return;
        }
        exchange.sendResponseHeaders(reply.status, reply.body.length == 0 ? -1 : reply.body.length);
        if (reply.body.length == 0) return;
        var count = cutAfter < 0 ? reply.body.length : (int) Math.min(cutAfter, reply.body.length);
        exchange.getResponseBody().write(reply.body, 0, count);
        exchange.getResponseBody().flush();
        if (count < reply.body.length) throw new IOException("cut");
    }

    private Reply answer(HttpExchange exchange, String bucket, Request request, byte[] body) {
        try {
            synchronized (this) {
                return answer(exchange, request, bucket, body);
            }
        } catch (Refused e) {
            return Reply.error(e.status, e.code);
        }
    }

    private Reply answer(HttpExchange exchange, Request request, String bucket, byte[] body) {
        if (!bucket.equals(BUCKET)) throw new Refused(404, "NoSuchBucket");
        var query = request.query;
        var id = query.get("uploadId");
        return switch (request.method) {
            case "GET" -> {
                if (request.key.isEmpty())
                    yield query.containsKey("uploads") ? listUploads(query) : list(query);
                yield get(exchange, request.key);
            }
            case "HEAD" -> get(exchange, request.key);
            case "PUT" ->
                    id == null ? put(exchange, request.key, body) : part(exchange, id, query, body);
            case "POST" -> id == null ? begin(exchange, request.key) : complete(exchange, id, body);
            case "DELETE" -> {
                if (id == null) objects.remove(request.key);
                else if (uploads.remove(id) == null) throw new Refused(404, "NoSuchUpload");
                yield Reply.empty(204);
            }
            default -> throw new Refused(501, "NotImplemented");
        };
    }

    private Reply get(HttpExchange exchange, String key) {
        var object = objects.get(key);
        if (object == null) throw new Refused(404, "NoSuchKey");
        var ifMatch = header(exchange, "If-Match");
        if (ifMatch.isPresent() && !ifMatch.get().equals(object.etag))
            throw new Refused(412, "PreconditionFailed");
        var headers = new HashMap<String, String>();
        headers.put("ETag", object.etag);
        headers.put(
                "Last-Modified",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        object.modified.atOffset(ZoneOffset.UTC)));
        object.metadata.forEach(headers::put);
        if (object.crc32c != null && header(exchange, "x-amz-checksum-mode").isPresent()) {
            headers.put("x-amz-checksum-crc32c", object.crc32c);
            headers.put("x-amz-checksum-type", "FULL_OBJECT");
        }
        var range = header(exchange, "Range");
        if (range.isEmpty()) return new Reply(200, object.content, headers, object.content.length);
        var bounds = range.get().substring("bytes=".length()).split("-");
        var from = Integer.parseInt(bounds[0]);
        var to = Math.min(Integer.parseInt(bounds[1]) + 1, object.content.length);
        if (from >= object.content.length) throw new Refused(416, "InvalidRange");
        headers.put(
                "Content-Range", "bytes " + from + "-" + (to - 1) + "/" + object.content.length);
        return new Reply(206, Arrays.copyOfRange(object.content, from, to), headers, to - from);
    }

    private Reply put(HttpExchange exchange, String key, byte[] body) {
        check(exchange, key);
        var crc32c = verified(exchange, body);
        var etag = quoted(md5(body));
        objects.put(key, new Stored(body, etag, crc32c, metadata(exchange), now()));
        return new Reply(200, new byte[0], Map.of("ETag", etag), 0);
    }

    private void check(HttpExchange exchange, String key) {
        var object = objects.get(key);
        var ifMatch = header(exchange, "If-Match");
        if (ifMatch.isPresent() && object == null) throw new Refused(404, "NoSuchKey");
        if (ifMatch.isPresent() && object != null && !ifMatch.get().equals(object.etag))
            throw new Refused(412, "PreconditionFailed");
        if (header(exchange, "If-None-Match").isPresent() && object != null)
            throw new Refused(412, "PreconditionFailed");
    }

    private static @Nullable String verified(HttpExchange exchange, byte[] body) {
        if (header(exchange, "x-amz-content-sha256").orElse("").startsWith("STREAMING"))
            throw new Refused(501, "NotImplemented");
        var claimed = header(exchange, "x-amz-checksum-crc32c");
        if (claimed.isPresent() && !claimed.get().equals(crc32c(body)))
            throw new Refused(400, "BadDigest");
        return claimed.orElse(null);
    }

    private Reply begin(HttpExchange exchange, String key) {
        var id = "upload-%05d".formatted(++ids);
        uploads.put(id, new Upload(key, metadata(exchange)));
        return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>"
                        + id
                        + "</UploadId></InitiateMultipartUploadResult>");
    }

    private Reply part(HttpExchange exchange, String id, Map<String, String> query, byte[] body) {
        verified(exchange, body);
        var number = Integer.parseInt(query.getOrDefault("partNumber", ""));
        var part = new Part(body, md5(body));
        upload(id).parts.put(number, part);
        return new Reply(200, new byte[0], Map.of("ETag", quoted(part.etag)), 0);
    }

    private Upload upload(String id) {
        var upload = uploads.get(id);
        if (upload == null) throw new Refused(404, "NoSuchUpload");
        return upload;
    }

    private Reply complete(HttpExchange exchange, String id, byte[] body) {
        var upload = upload(id);
        check(exchange, upload.key);
        var content = assembled(upload, new String(body, UTF_8));
        var crc32c = crc32c(content);
        if (!header(exchange, "x-amz-checksum-crc32c").orElse(crc32c).equals(crc32c))
            throw new Refused(400, "BadDigest");
        if (!header(exchange, "x-amz-mp-object-size").orElse("").equals("" + content.length))
            throw new Refused(400, "InvalidRequest");
        uploads.remove(id);
        var etag = quoted(md5(content) + "-" + upload.parts.size());
        objects.put(upload.key, new Stored(content, etag, crc32c, upload.metadata, now()));
        return Reply.xml(
                "<CompleteMultipartUploadResult><ETag>"
                        + etag
                        + "</ETag></CompleteMultipartUploadResult>");
    }

    private static byte[] assembled(Upload upload, String order) {
        var content = new ByteArrayOutputStream();
        var numbers = new ArrayList<Integer>();
        var etags = new ArrayList<String>();
        var matcher = PART.matcher(order);
        while (matcher.find())
            if (matcher.group(1) != null) numbers.add(Integer.parseInt(matcher.group(1)));
            else etags.add(matcher.group(2));
        for (var i = 0; i < numbers.size(); i++) {
            var part = upload.parts.get(numbers.get(i));
            if (part == null || !part.etag.equals(etags.get(i)))
                throw new Refused(400, "InvalidPart");
            if (i < numbers.size() - 1 && part.content.length < SMALLEST_PART)
                throw new Refused(400, "EntityTooSmall");
            content.writeBytes(part.content);
        }
        return content.toByteArray();
    }

    private Reply list(Map<String, String> query) {
        var prefix = query.getOrDefault("prefix", "");
        var delimiter = query.getOrDefault("delimiter", "");
        var after =
                query.containsKey("continuation-token")
                        ? new String(
                                HexFormat.of().parseHex(query.get("continuation-token")), UTF_8)
                        : query.getOrDefault("start-after", "");
        var found =
                objects.keySet().stream()
                        .filter(key -> key.startsWith(prefix))
                        .filter(key ->
                                after.isEmpty() || objects.comparator().compare(key, after) > 0)
                        // Behind a folder that was shown, nothing of it is shown again.
                        .filter(key ->
                                delimiter.isEmpty()
                                        || !after.endsWith(delimiter)
                                        || !key.startsWith(after))
                        .map(key -> shown(key, prefix, delimiter))
                        .distinct()
                        .limit(PAGE + 1L)
                        .toList();
        var page = found.subList(0, Math.min(PAGE, found.size()));
        var xml = new StringBuilder("<ListBucketResult><EncodingType>url</EncodingType>");
        xml.append("<IsTruncated>").append(found.size() > PAGE).append("</IsTruncated>");
        if (found.size() > PAGE)
            xml.append("<NextContinuationToken>")
                    .append(token(page.getLast()))
                    .append("</NextContinuationToken>");
        for (var key : page) {
            var object = Optional.ofNullable(objects.get(key));
            if (object.isEmpty()) {
                xml.append("<CommonPrefixes><Prefix>")
                        .append(encoded(key))
                        .append("</Prefix></CommonPrefixes>");
                continue;
            }
            xml.append("<Contents><Key>")
                    .append(encoded(key))
                    .append("</Key><Size>")
                    .append(object.get().content.length)
                    .append("</Size><LastModified>")
                    .append(object.get().modified)
                    .append("</LastModified></Contents>");
        }
        return Reply.xml(xml.append("</ListBucketResult>").toString());
    }

    /// The key, or the folder under the prefix that it lies in.
    private static String shown(String key, String prefix, String delimiter) {
        if (delimiter.isEmpty()) return key;
        var end = key.indexOf(delimiter, prefix.length());
        return end < 0 ? key : key.substring(0, end + delimiter.length());
    }

    private Reply listUploads(Map<String, String> query) {
        var prefix = query.getOrDefault("prefix", "");
        var xml = new StringBuilder("<ListMultipartUploadsResult><EncodingType>url</EncodingType>");
        xml.append("<IsTruncated>false</IsTruncated>");
        uploads.forEach((id, upload) -> {
            if (upload.key.startsWith(prefix))
                xml.append("<Upload><Key>")
                        .append(encoded(upload.key))
                        .append("</Key><UploadId>")
                        .append(id)
                        .append("</UploadId><Initiated>")
                        .append(upload.begun)
                        .append("</Initiated></Upload>");
        });
        return Reply.xml(xml.append("</ListMultipartUploadsResult>").toString());
    }

    private static Map<String, String> headers(HttpExchange exchange) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name, values.getFirst()));
        return headers;
    }

    private static Map<String, String> metadata(HttpExchange exchange) {
        var metadata = new HashMap<String, String>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> {
                    if (name.toLowerCase(Locale.ROOT).startsWith("x-amz-meta-"))
                        metadata.put(name, values.getFirst());
                });
        return metadata;
    }

    private static Optional<String> header(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    private static Map<String, String> query(HttpExchange exchange) {
        var query = new HashMap<String, String>();
        var raw = exchange.getRequestURI().getRawQuery();
        if (raw == null) return query;
        for (var pair : raw.split("&")) {
            var equals = pair.indexOf('=');
            if (equals < 0) query.put(pair, "");
            else
                query.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        return query;
    }

    private static String token(String key) {
        return HexFormat.of().formatHex(key.getBytes(UTF_8));
    }

    private static String encoded(String key) {
        return URLEncoder.encode(key, UTF_8);
    }

    private static String crc32c(byte[] content) {
        // S3 says base64 where the port says hexadecimal.
        return Base64.getEncoder()
                .encodeToString(HexFormat.of().parseHex(ObjectChecksum.of(content)));
    }

    private static String quoted(String etag) {
        return '"' + etag + '"';
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    private static String md5(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
