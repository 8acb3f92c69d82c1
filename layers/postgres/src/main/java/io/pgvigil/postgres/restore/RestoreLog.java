package io.pgvigil.postgres.restore;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads what `pg_restore --verbose` writes to stderr, line by line.
///
/// Parallel jobs write to the same pipe in pieces, so a line can begin with two program names or with
/// none, and the header that names an entry can be followed by another job's words. What is read here is
/// therefore a claim, which [Diagnosis] holds against the table of contents.
final class RestoreLog {
    /// Enough for every error of a restore that is worth reading about; further ones are counted.
    static final int ERRORS_KEPT = 10_000;

    private static final int BODY_LINES_KEPT = 40;

    // "pg_restore: from TOC entry 228; 1259 16438 TABLE owned app_owner"
    private static final Pattern ENTRY =
            Pattern.compile("^(?:pg_restore: ?)* ?from TOC entry (\\d+); \\d+ \\d+ ");
    private static final Pattern ERROR =
            Pattern.compile(
                    "^(?:(?:(?:pg_restore: ?)+(?:error: )+)+(?:pg_restore: ?)*| error: (?=could not |COPY failed|query failed))(.*)$");
    private static final Pattern COUNT =
            Pattern.compile("^(?:pg_restore: ?)*.*errors ignored on restore: (\\d+)$");
    private static final Pattern WARNING = Pattern.compile("^(?:pg_restore: ?)+warning: (.*)$");
    private static final Pattern OWN_LINE = Pattern.compile("^pg_restore:.*");
    // Only the parent prints these, and each in one piece.
    private static final Pattern ITEM =
            Pattern.compile("(processing|launching|skipping|finished) item (\\d+) ");
    private static final String LOOP_ENDED = "finished main parallel loop";
    private static final Pattern TURNED_AWAY =
            Pattern.compile("^(?:re)?connection (?:to .* )?failed: .*", Pattern.DOTALL);
    private static final Pattern PROGRESS =
            Pattern.compile(
                    "^(?:pg_restore: ?)+(?:processing data for|creating|executing) (?!item).*$");

    /// An error as the program printed it.
    ///
    /// @param entry the last entry named before it
    /// @param first the line after `error:`
    /// @param body the lines that follow, up to the statement
    /// @param command what the server refused, as far as it was kept
    record Said(int entry, String first, List<String> body, List<String> command) {
        Said {
            body = List.copyOf(body);
            command = List.copyOf(command);
        }

        String whole() {
            return first + "\n" + String.join("\n", body);
        }
    }

    private final List<Said> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private long errorsSeen;
    private OptionalInt ignored = OptionalInt.empty();
    private int entry;
    private final Set<Integer> serial = new HashSet<>();
    private final Set<Integer> named = new HashSet<>();
    private boolean jobsFinished;
    private boolean loopEnded;

    private Optional<String> first = Optional.empty();
    private int firstEntry;
    private final List<String> body = new ArrayList<>();
    private final List<String> command = new ArrayList<>();
    private boolean inCommand;

    /// Takes one line; returns whether it told of progress.
    synchronized boolean line(String line) {
        items(line);
        var header = ENTRY.matcher(line);
        if (header.find()) {
            finish();
            entry = number(header.group(1));
            return false;
        }
        var error = ERROR.matcher(line);
        if (error.matches()) {
            finish();
            errorsSeen++;
            first = Optional.of(error.group(1));
            firstEntry = entry;
            return false;
        }
        var count = COUNT.matcher(line);
        if (count.matches()) {
            finish();
            ignored = OptionalInt.of(number(count.group(1)));
            return false;
        }
        if (OWN_LINE.matcher(line).matches()) {
            finish();
            var warning = WARNING.matcher(line);
            if (warning.matches()) warnings.add(warning.group(1));
            return PROGRESS.matcher(line).matches();
        }
        if (first.isPresent()) follow(line);
        return false;
    }

    private void items(String line) {
        if (line.contains(LOOP_ENDED)) loopEnded = true;
        var item = ITEM.matcher(line);
        while (item.find()) {
            var id = number(item.group(2));
            switch (item.group(1)) {
                case "processing" -> serial.add(id);
                case "finished" -> jobsFinished = true;
                default -> named.add(id);
            }
        }
    }

    private void follow(String line) {
        if (line.startsWith("Command was: ")) {
            inCommand = true;
            command.add(line.substring("Command was: ".length()));
        } else if (inCommand) {
            if (command.size() < BODY_LINES_KEPT) command.add(line);
        } else if (body.size() < BODY_LINES_KEPT) {
            body.add(line);
        }
    }

    private void finish() {
        if (first.isPresent() && errors.size() < ERRORS_KEPT)
            errors.add(new Said(firstEntry, first.get(), body, command));
        first = Optional.empty();
        body.clear();
        command.clear();
        inCommand = false;
    }

    private static int number(String digits) {
        return digits.length() < 10 ? Integer.parseInt(digits) : 0;
    }

    synchronized List<Said> errors() {
        finish();
        return List.copyOf(errors);
    }

    synchronized List<String> warnings() {
        return List.copyOf(warnings);
    }

    /// Whether the program could not connect again, words that say nothing about an entry.
    static boolean turnedAway(Said said) {
        return TURNED_AWAY.matcher(said.first()).matches();
    }

    private boolean turnedAway() {
        return errors().stream().anyMatch(RestoreLog::turnedAway);
    }

    /// Whether everything was restored and only the program's last connection, with which it would have
    /// looked for work left over, was refused: every entry was given to a job, and every job is done.
    ///
    /// @param all the numbers of the archive's entries
    synchronized boolean onlyTheLastConnectionFailed(Set<Integer> all) {
        if (!loopEnded || !turnedAway()) return false;
        return all.stream().allMatch(id -> serial.contains(id) || named.contains(id));
    }

    /// Whether the jobs were refused when they connected, before any of them had done anything.
    synchronized boolean jobsWereTurnedAway() {
        return !loopEnded && !jobsFinished && !serial.isEmpty() && turnedAway();
    }

    /// The entries that were done before there were jobs.
    synchronized Set<Integer> serial() {
        return Set.copyOf(serial);
    }

    /// How many errors the program says it went past; absent when it did not come to its end.
    ///
    /// Only without parallel jobs is it the number of errors printed: each job adds those of its parent.
    synchronized OptionalInt ignored() {
        return ignored;
    }

    synchronized long errorsSeen() {
        return errorsSeen;
    }
}
