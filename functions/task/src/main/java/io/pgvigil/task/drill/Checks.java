package io.pgvigil.task.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.Drill.CheckResult;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The owner's own questions to the restored database.
public final class Checks {
    private static final int SECONDS = 600;
    private static final int ANSWER_LENGTH = 200;

    private Checks() {}

    /// A check holds when its query's first row begins with true. A query that fails is an answer too.
    public static List<CheckResult> ask(Login login, DatabaseName database, List<Check> checks) {
        if (checks.isEmpty()) return List.of();
        var results = new ArrayList<CheckResult>();
        try (var connection = SandboxSql.open(login, database)) {
            // The driver's own read-only mode knows transactions only, and each check is its own:
            // one
            // that writes would answer for those after it.
            try (var statement = connection.createStatement()) {
                statement.execute("set session characteristics as transaction read only");
            }
            for (var check : checks) results.add(ask(connection, check));
        } catch (SQLException e) {
            if (Thread.currentThread().isInterrupted())
                throw cancelled(checks.get(Math.min(results.size(), checks.size() - 1)), e);
            for (var check : checks.subList(results.size(), checks.size()))
                results.add(new CheckResult(check.name(), false, shortened(e.getMessage())));
        }
        return results;
    }

    private static CheckResult ask(Connection connection, Check check) {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(SECONDS);
            // The driver does not notice an interruption while it waits for an answer, so another
            // thread waits.
            var answer = new FutureTask<>(() -> ask(statement, check));
            Thread.ofVirtual().name("check").start(answer);
            try {
                var result = answer.get();
                // An answer that came in the same moment may be that the server was stopped, too.
                if (Thread.interrupted()) throw new InterruptedException();
                return result;
            } catch (InterruptedException e) {
                cancel(statement);
                Thread.currentThread().interrupt();
                throw cancelled(check, e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a check has no answer", e.getCause());
            }
        } catch (SQLException e) {
            // No answer to the question is one to whether the backup is good.
            if (Thread.currentThread().isInterrupted()) throw cancelled(check, e);
            return new CheckResult(check.name(), false, shortened(e.getMessage()));
        }
    }

    private static void cancel(Statement statement) {
        try {
            statement.cancel();
        } catch (SQLException alreadyOver) {
            // The server ends with the drill.
        }
    }

    private static Problem cancelled(Check check, Exception why) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "the drill was cancelled while check " + check.name() + " was asked",
                "Start it again when you are ready.",
                why);
    }

    private static CheckResult ask(Statement statement, Check check) {
        try (var rows = statement.executeQuery(check.sql())) {
            if (!rows.next()) return new CheckResult(check.name(), false, "no row");
            var answer = rows.getString(1);
            return new CheckResult(check.name(), "t".equals(answer), shortened(answer));
        } catch (SQLException e) {
            return new CheckResult(check.name(), false, shortened(e.getMessage()));
        }
    }

    private static String shortened(@org.jspecify.annotations.Nullable String text) {
        if (text == null) return "null";
        if (text.equals("t")) return "true";
        if (text.equals("f")) return "false";
        var line = text.replaceAll("\\s+", " ");
        return line.length() <= ANSWER_LENGTH ? line : line.substring(0, ANSWER_LENGTH) + "…";
    }
}
