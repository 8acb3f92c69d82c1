package io.pgvigil.postgres;

import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Passfile;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns a connection URL into a login, the way libpq looks for a password: the URL, `PGPASSWORD`, then
/// the password file.
public final class Logins {
    private static final Set<PosixFilePermission> TOO_OPEN =
            EnumSet.of(
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.GROUP_WRITE,
                    PosixFilePermission.GROUP_EXECUTE,
                    PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.OTHERS_WRITE,
                    PosixFilePermission.OTHERS_EXECUTE);
    private static final String DATABASE_WHEN_UNNAMED = "postgres";

    private Logins() {}

    /// @param environment supplies `PGPASSFILE` and `HOME`
    public static Login of(ConnectionUrl url, Map<String, String> environment) {
        if (url.password().isPresent()) return url.login();
        return new Login(
                url.endpoint(), passfile(environment).flatMap(file -> fromPassfile(file, url)));
    }

    private static Optional<Path> passfile(Map<String, String> environment) {
        var named = environment.getOrDefault("PGPASSFILE", "");
        if (!named.isEmpty()) return Optional.of(Path.of(named));
        var home = environment.getOrDefault("HOME", "");
        return home.isEmpty() ? Optional.empty() : Optional.of(Path.of(home, ".pgpass"));
    }

    private static Optional<Secret> fromPassfile(Path file, ConnectionUrl url) {
        if (!Files.isRegularFile(file)) return Optional.empty();
        try {
            var found =
                    Passfile.parse(Files.readString(file))
                            .find(url.endpoint(), url.database().orElse(DATABASE_WHEN_UNNAMED));
            // Only a password that we would use is worth stopping for.
            if (found.isPresent() && tooOpen(file))
                throw new Problem(
                        ErrorCode.SECRET_NOT_FOUND,
                        "the password file " + file + " can be read by others, so it is not used",
                        "Run: chmod 0600 " + file);
            return found;
        } catch (CharacterCodingException e) {
            throw unreadable(file, "is not UTF-8", e);
        } catch (IOException e) {
            throw unreadable(file, "cannot be read", e);
        }
    }

    private static boolean tooOpen(Path file) throws IOException {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        return view != null
                && view.readAttributes().permissions().stream().anyMatch(TOO_OPEN::contains);
    }

    private static Problem unreadable(Path file, String why, IOException cause) {
        return new Problem(
                ErrorCode.SECRET_NOT_FOUND,
                "the password file " + file + " " + why,
                "Correct the file, name another in PGPASSFILE, or set PGPASSWORD.",
                cause);
    }
}
