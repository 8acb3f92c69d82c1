/// What may go, what stays, and why. Rules only: facts go in, verdicts with reasons come out.
///
/// - **lane**: the backups of one kind of one database; rules count within a lane.
/// - **counted**: whole as configured, with everything it needs; only these count for a rule.
/// - **sound**: counted, its newest drill has not failed, and its size fits its history.
/// - **holder**: the backup that stands for a period (a day, a week, a month, a year).
/// - **stop**: a reason for which nothing of a lane is deleted.
@NullMarked
package io.pgvigil.core.retention;

import org.jspecify.annotations.NullMarked;
