import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// An S3 that swallows: small objects are kept in memory, of large ones only size and checksum; or, with
/// `--keep FOLDER`, everything, in files. With `--tls KEYSTORE` (PKCS12, password `bench-only`) it speaks HTTPS.
///
/// `java Sink.java PORT-FILE [--keep FOLDER] [--tls KEYSTORE]` listens on a free port of 127.0.0.1, writes the port to the file and
/// serves until it is ended. Path-style addresses, any credentials. `GET /_stats` tells what was stored,
/// `GET /_span?of=PATTERN&since=TIME` how many objects with a matching key came since then, and in how many seconds, `POST /_reset` forgets everything.
final class Sink {
    /// Above this a body is discarded; a GET of it answers 501 rather than wrong bytes.
    private static final int KEPT = 1 << 20;

    private static final int PAGE = 1000;

    /// @param bytes the body, when it is kept in memory
    /// @param pieces the body, when it is kept in files
    /// @param at when it came, in nanoseconds
    record Stored(long size, String crc32c, byte[] bytes, List<Path> pieces, String etag, long at) {
        boolean kept() {
            return bytes != null || !pieces.isEmpty();
        }
    }

    record Upload(String target, Map<Integer, Stored> parts) {}

    /// A body as received: what it was, without chunk framing.
    record Body(long size, String crc32c, byte[] bytes, List<Path> pieces, Map<String, String> trailers) {}

    private final Path keep;
    private final ConcurrentSkipListMap<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong received = new AtomicLong();

    private Sink(Path keep) {
        this.keep = keep;
    }

    public static void main(String[] arguments) throws IOException {
        // Without this every small answer waits for a delayed acknowledgement, 40 ms each.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        var options = new HashMap<String, Path>();
        for (var n = 1; n + 1 < arguments.length; n += 2) options.put(arguments[n], Path.of(arguments[n + 1]));
        var sink = new Sink(options.get("--keep"));
        var server = server(options.get("--tls"));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", sink::serve);
        server.start();
        var portFile = Path.of(arguments[0]);
        var complete = portFile.resolveSibling(portFile.getFileName() + ".tmp");
        Files.writeString(complete, "" + server.getAddress().getPort());
        Files.move(complete, portFile);
    }

    private static HttpServer server(Path keys) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (keys == null) return HttpServer.create(address, 128);
        try (var file = Files.newInputStream(keys)) {
            var password = "bench-only".toCharArray();
            var store = KeyStore.getInstance("PKCS12");
            store.load(file, password);
            var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, password);
            var tls = SSLContext.getInstance("TLS");
            tls.init(managers.getKeyManagers(), null, null);
            var server = HttpsServer.create(address, 128);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
            return server;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        try (exchange) {
            route(exchange);
        } catch (BadDigest e) {
            error(exchange, 400, "BadDigest", e.getMessage());
        } catch (RuntimeException e) {
            e.printStackTrace();
            error(exchange, 500, "InternalError", "" + e);
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        var method = exchange.getRequestMethod();
        var path = URLDecoder.decode(exchange.getRequestURI().getRawPath().replace("+", "%2B"), StandardCharsets.UTF_8).substring(1);
        var query = query(exchange.getRequestURI().getRawQuery());
        var slash = path.indexOf('/');
        if (path.equals("_stats")) stats(exchange);
        else if (path.equals("_span")) span(exchange, Pattern.compile(query.get("of")), Long.parseLong(query.get("since")));
        else if (path.equals("_reset")) reset(exchange);
        else if (slash < 0 || slash == path.length() - 1) bucket(exchange, method, path.replace("/", ""), query);
        else if (method.equals("PUT") && query.containsKey("uploadId")) putPart(exchange, query);
        else if (method.equals("PUT") && (query.containsKey("tagging") || query.containsKey("retention") || query.containsKey("legal-hold"))) ignore(exchange);
        else if (method.equals("PUT")) put(exchange, path);
        else if (method.equals("POST") && query.containsKey("uploads")) createUpload(exchange, path);
        else if (method.equals("POST") && query.containsKey("uploadId")) complete(exchange, path, query.get("uploadId"));
        else if (method.equals("DELETE")) delete(exchange, path, query.get("uploadId"));
        else if (query.containsKey("tagging")) xml(exchange, 200, "<Tagging><TagSet></TagSet></Tagging>");
        else if (method.equals("HEAD") || method.equals("GET")) get(exchange, path, method.equals("HEAD"));
        else error(exchange, 501, "NotImplemented", method + " " + exchange.getRequestURI());
    }

    private void bucket(HttpExchange exchange, String method, String bucket, Map<String, String> query) throws IOException {
        if (method.equals("POST") && query.containsKey("delete")) deleteMany(exchange, bucket);
        else if (method.equals("PUT") || method.equals("HEAD") || method.equals("POST")) ignore(exchange);
        else if (query.containsKey("uploads"))
            xml(exchange, 200, "<ListMultipartUploadsResult><Bucket>" + bucket + "</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
        else if (query.containsKey("versioning")) xml(exchange, 200, "<VersioningConfiguration></VersioningConfiguration>");
        else if (query.containsKey("location")) xml(exchange, 200, "<LocationConstraint></LocationConstraint>");
        else if (query.containsKey("object-lock")) error(exchange, 404, "ObjectLockConfigurationNotFoundError", "no lock here");
        else if (bucket.isEmpty()) xml(exchange, 200, "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>");
        else list(exchange, bucket, query);
    }

    private void list(HttpExchange exchange, String bucket, Map<String, String> query) throws IOException {
        var prefix = query.getOrDefault("prefix", "");
        var delimiter = query.getOrDefault("delimiter", "");
        var after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
        var limit = Integer.parseInt(query.getOrDefault("max-keys", "" + PAGE));
        var out = new StringBuilder();
        var found = 0;
        var last = "";
        var truncated = false;
        for (var entry : objects.tailMap(bucket + "/" + prefix).entrySet()) {
            if (!entry.getKey().startsWith(bucket + "/" + prefix)) break;
            var key = entry.getKey().substring(bucket.length() + 1);
            if (key.compareTo(after) <= 0 || !delimiter.isEmpty() && after.endsWith(delimiter) && key.startsWith(after)) continue;
            var cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            var shown = cut < 0 ? key : key.substring(0, cut + delimiter.length());
            if (cut >= 0 && shown.equals(last)) continue;
            if (found == limit) {
                truncated = true;
                break;
            }
            found++;
            last = shown;
            if (cut >= 0) out.append("<CommonPrefixes><Prefix>").append(escape(shown)).append("</Prefix></CommonPrefixes>");
            else
                out.append("<Contents><Key>").append(escape(key)).append("</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>")
                        .append(escape(entry.getValue().etag())).append("</ETag><Size>").append(entry.getValue().size())
                        .append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
        }
        xml(exchange, 200,
                "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" + bucket + "</Name><Prefix>" + escape(prefix)
                        + "</Prefix><KeyCount>" + found + "</KeyCount><MaxKeys>" + limit + "</MaxKeys><IsTruncated>" + truncated + "</IsTruncated>"
                        + (truncated ? "<NextContinuationToken>" + escape(last) + "</NextContinuationToken>" : "") + out + "</ListBucketResult>");
    }

    private void put(HttpExchange exchange, String path) throws IOException {
        var copied = exchange.getRequestHeaders().getFirst("x-amz-copy-source");
        var body = read(exchange);
        Stored stored;
        if (copied == null) stored = new Stored(body.size(), body.crc32c(), body.bytes(), body.pieces(), etag(), System.nanoTime());
        else {
            stored = objects.get(URLDecoder.decode(copied, StandardCharsets.UTF_8).replaceFirst("^/", ""));
            if (stored == null) {
                error(exchange, 404, "NoSuchKey", copied);
                return;
            }
        }
        if (!store(exchange, path, stored)) return;
        exchange.getResponseHeaders().set("ETag", stored.etag());
        exchange.getResponseHeaders().set("x-amz-checksum-crc32c", stored.crc32c());
        if (copied != null) xml(exchange, 200, "<CopyObjectResult><ETag>" + escape(stored.etag()) + "</ETag></CopyObjectResult>");
        else ignore(exchange);
    }

    /// The conditional headers that a write-once store leans on.
    private boolean store(HttpExchange exchange, String path, Stored stored) throws IOException {
        var match = exchange.getRequestHeaders().getFirst("If-Match");
        var refused =
                exchange.getRequestHeaders().containsKey("If-None-Match")
                        ? objects.putIfAbsent(path, stored) != null
                        : match != null
                                ? objects.computeIfPresent(path, (key, old) -> old.etag().equals(match) ? stored : old) != stored
                                : objects.put(path, stored) == stored;
        if (refused) error(exchange, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        return !refused;
    }

    private void createUpload(HttpExchange exchange, String path) throws IOException {
        read(exchange);
        var id = "upload-" + sequence.incrementAndGet();
        uploads.put(id, new Upload(path, new ConcurrentHashMap<>()));
        var slash = path.indexOf('/');
        xml(exchange, 200,
                "<InitiateMultipartUploadResult><Bucket>" + escape(path.substring(0, slash)) + "</Bucket><Key>" + escape(path.substring(slash + 1))
                        + "</Key><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
    }

    private void putPart(HttpExchange exchange, Map<String, String> query) throws IOException {
        var body = read(exchange);
        var upload = uploads.get(query.get("uploadId"));
        if (upload == null) {
            error(exchange, 404, "NoSuchUpload", query.get("uploadId"));
            return;
        }
        var part = new Stored(body.size(), body.crc32c(), body.bytes(), body.pieces(), etag(), System.nanoTime());
        upload.parts().put(Integer.parseInt(query.get("partNumber")), part);
        exchange.getResponseHeaders().set("ETag", part.etag());
        exchange.getResponseHeaders().set("x-amz-checksum-crc32c", part.crc32c());
        ignore(exchange);
    }

    private void complete(HttpExchange exchange, String path, String id) throws IOException {
        read(exchange);
        var upload = uploads.get(id);
        if (upload == null || !upload.target().equals(path)) {
            error(exchange, 404, "NoSuchUpload", id);
            return;
        }
        var parts = new TreeMap<>(upload.parts()).values();
        var size = parts.stream().mapToLong(Stored::size).sum();
        var promised = exchange.getRequestHeaders().getFirst("x-amz-mp-object-size");
        if (promised != null && Long.parseLong(promised) != size) {
            error(exchange, 400, "InvalidRequest", "the parts have " + size + " bytes, not " + promised);
            return;
        }
        var bytes = new ByteArrayOutputStream();
        var whole = size <= KEPT && parts.stream().allMatch(part -> part.bytes() != null);
        if (whole) for (var part : parts) bytes.writeBytes(part.bytes());
        // Not recomputed over the parts: the checksum answered later is the one that was sent.
        var crc = exchange.getRequestHeaders().getFirst("x-amz-checksum-crc32c");
        var pieces = parts.stream().flatMap(part -> part.pieces().stream()).toList();
        // What was sent in pieces small enough for memory and others is whole in neither.
        if (keep != null) whole = false;
        var stored = new Stored(size, crc, whole ? bytes.toByteArray() : null, pieces, etag(), System.nanoTime());
        if (!store(exchange, path, stored)) return;
        uploads.remove(id);
        var slash = path.indexOf('/');
        xml(exchange, 200,
                "<CompleteMultipartUploadResult><Bucket>" + escape(path.substring(0, slash)) + "</Bucket><Key>" + escape(path.substring(slash + 1))
                        + "</Key><ETag>" + escape(stored.etag()) + "</ETag>"
                        + (crc == null ? "" : "<ChecksumCRC32C>" + crc + "</ChecksumCRC32C><ChecksumType>FULL_OBJECT</ChecksumType>")
                        + "</CompleteMultipartUploadResult>");
    }

    private void get(HttpExchange exchange, String path, boolean head) throws IOException {
        var stored = objects.get(path);
        if (stored == null) {
            if (head) exchange.sendResponseHeaders(404, -1);
            else error(exchange, 404, "NoSuchKey", path);
            return;
        }
        var headers = exchange.getResponseHeaders();
        headers.set("ETag", stored.etag());
        headers.set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
        headers.set("Content-Type", "application/octet-stream");
        headers.set("Accept-Ranges", "bytes");
        var range = exchange.getRequestHeaders().getFirst("Range");
        // A range of the object has another checksum than the object.
        if (stored.crc32c() != null && range == null) {
            headers.set("x-amz-checksum-crc32c", stored.crc32c());
            headers.set("x-amz-checksum-type", "FULL_OBJECT");
        }
        if (head) {
            headers.set("Content-Length", "" + stored.size());
            exchange.sendResponseHeaders(200, -1);
        } else if (!stored.kept()) {
            error(exchange, 501, "NotImplemented", "this sink keeps no object above " + KEPT + " bytes");
        } else if (range == null) {
            send(exchange, 200, stored, 0, stored.size());
        } else {
            var bounds = range.substring("bytes=".length()).split("-", -1);
            var size = stored.size();
            var from = bounds[0].isEmpty() ? Math.max(0, size - Long.parseLong(bounds[1])) : Long.parseLong(bounds[0]);
            var to = bounds[0].isEmpty() || bounds[1].isEmpty() ? size : Math.min(size, Long.parseLong(bounds[1]) + 1);
            if (from >= size) {
                error(exchange, 416, "InvalidRange", range);
                return;
            }
            headers.set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
            send(exchange, 206, stored, from, to);
        }
    }

    private static void send(HttpExchange exchange, int status, Stored stored, long from, long to) throws IOException {
        if (stored.bytes() != null) {
            answer(exchange, status, Arrays.copyOfRange(stored.bytes(), (int) from, (int) to));
            return;
        }
        exchange.sendResponseHeaders(status, to == from ? -1 : to - from);
        var out = exchange.getResponseBody();
        var buffer = ByteBuffer.allocate(1 << 18);
        var start = 0L;
        for (var piece : stored.pieces()) {
            try (var file = FileChannel.open(piece)) {
                var end = start + file.size();
                for (var at = Math.max(from, start); at < Math.min(to, end); ) {
                    buffer.clear().limit((int) Math.min(buffer.capacity(), Math.min(to, end) - at));
                    var read = file.read(buffer, at - start);
                    out.write(buffer.array(), 0, read);
                    at += read;
                }
                start = end;
            }
        }
    }

    private void delete(HttpExchange exchange, String path, String upload) throws IOException {
        if (upload != null) uploads.remove(upload);
        else objects.remove(path);
        exchange.sendResponseHeaders(204, -1);
    }

    private void deleteMany(HttpExchange exchange, String bucket) throws IOException {
        var request = new String(read(exchange).bytes(), StandardCharsets.UTF_8);
        var keys = Pattern.compile("<Key>(.*?)</Key>").matcher(request);
        while (keys.find()) objects.remove(bucket + "/" + keys.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
        xml(exchange, 200, "<DeleteResult></DeleteResult>");
    }

    private void stats(HttpExchange exchange) throws IOException {
        var stored = objects.values().stream().mapToLong(Stored::size).sum();
        answer(exchange, 200,
                "{\"objects\": %d, \"bytes\": %d, \"received\": %d, \"requests\": %d, \"open_uploads\": %d}"
                        .formatted(objects.size(), stored, received.get(), requests.get(), uploads.size())
                        .getBytes(StandardCharsets.UTF_8));
    }

    private void span(HttpExchange exchange, Pattern keys, long since) throws IOException {
        var times =
                objects.entrySet().stream()
                        .filter(one -> one.getValue().at() > since && keys.matcher(one.getKey()).find())
                        .mapToLong(one -> one.getValue().at())
                        .summaryStatistics();
        answer(exchange, 200,
                "{\"objects\": %d, \"seconds\": %.3f, \"now\": %d}"
                        .formatted(times.getCount(), times.getCount() == 0 ? 0 : (times.getMax() - times.getMin()) / 1e9, System.nanoTime())
                        .getBytes(StandardCharsets.UTF_8));
    }

    private void reset(HttpExchange exchange) throws IOException {
        objects.clear();
        uploads.clear();
        if (keep != null)
            try (var files = Files.list(keep)) {
                for (var file : files.toList()) Files.delete(file);
            }
        received.set(0);
        requests.set(0);
        ignore(exchange);
    }

    // Bodies

    private static final class BadDigest extends RuntimeException {
        BadDigest(String message) {
            super(message);
        }
    }

    /// What a body leaves behind while it streams by.
    private static final class Taker implements AutoCloseable {
        private final OutputStream file;
        private final CRC32C crc = new CRC32C();
        private final ByteArrayOutputStream start = new ByteArrayOutputStream();
        private long size;

        /// @param file where to keep it, or null
        Taker(Path file) throws IOException {
            this.file = file == null ? OutputStream.nullOutputStream() : Files.newOutputStream(file);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }

        void take(byte[] buffer, int length) throws IOException {
            crc.update(buffer, 0, length);
            file.write(buffer, 0, length);
            if (size + length <= KEPT) start.write(buffer, 0, length);
            size += length;
        }
    }

    private Body read(HttpExchange exchange) throws IOException {
        var headers = exchange.getRequestHeaders();
        var framing = headers.getFirst("x-amz-content-sha256");
        var trailers = new HashMap<String, String>();
        var in = exchange.getRequestBody();
        var piece = keep == null ? null : keep.resolve("" + sequence.incrementAndGet());
        var taker = new Taker(piece);
        try (taker) {
            if (framing != null && framing.startsWith("STREAMING-")) readChunks(in, taker, trailers);
            else {
                var buffer = new byte[1 << 16];
                for (int n; (n = in.read(buffer)) > 0; ) taker.take(buffer, n);
            }
        }
        var value = (int) taker.crc.getValue();
        var crc =
                Base64.getEncoder()
                        .encodeToString(new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value});
        var sent = trailers.getOrDefault("x-amz-checksum-crc32c", headers.getFirst("x-amz-checksum-crc32c"));
        // On "complete" the header speaks about the object, not about the XML that carries it.
        if (sent != null && exchange.getRequestMethod().equals("PUT") && !sent.equals(crc))
            throw new BadDigest("sent " + sent + ", received " + crc);
        received.addAndGet(taker.size);
        var small = taker.size <= KEPT;
        if (small && piece != null && !("" + exchange.getRequestURI().getRawQuery()).contains("uploadId")) {
            Files.delete(piece);
            piece = null;
        }
        return new Body(taker.size, crc, small && piece == null ? taker.start.toByteArray() : null, piece == null ? List.of() : List.of(piece), trailers);
    }

    /// aws-chunked: `SIZE[;chunk-signature=…]CRLF data CRLF … 0 CRLF trailers CRLF`.
    private static void readChunks(InputStream raw, Taker taker, Map<String, String> trailers) throws IOException {
        var in = new java.io.BufferedInputStream(raw, 1 << 16);
        var buffer = new byte[1 << 16];
        while (true) {
            var header = line(in);
            var left = Long.parseLong(header.split(";", 2)[0].strip(), 16);
            if (left == 0) break;
            while (left > 0) {
                var n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (n < 0) throw new EOFException("the body ended inside a chunk");
                taker.take(buffer, n);
                left -= n;
            }
            line(in);
        }
        for (var trailer = line(in); !trailer.isEmpty(); trailer = line(in)) {
            var colon = trailer.indexOf(':');
            trailers.put(trailer.substring(0, colon).strip().toLowerCase(Locale.ROOT), trailer.substring(colon + 1).strip());
        }
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c; (c = in.read()) >= 0 && c != '\n'; ) if (c != '\r') line.append((char) c);
        return line.toString();
    }

    // Answers

    private String etag() {
        return "\"%032x\"".formatted(sequence.incrementAndGet());
    }

    private static Map<String, String> query(String raw) {
        var query = new HashMap<String, String>();
        if (raw == null) return query;
        for (var pair : raw.split("&")) {
            var both = pair.split("=", 2);
            query.put(both[0], both.length < 2 ? "" : URLDecoder.decode(both[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static void ignore(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        exchange.sendResponseHeaders(200, -1);
    }

    private static void xml(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        answer(exchange, status, ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body).getBytes(StandardCharsets.UTF_8));
    }

    private static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        xml(exchange, status, "<Error><Code>" + code + "</Code><Message>" + escape("" + message) + "</Message></Error>");
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
