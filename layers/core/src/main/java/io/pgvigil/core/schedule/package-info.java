/// When things fall due: schedules, the timetable made of them, and the same as text for cron and
/// systemd.
///
/// A *schedule* says when; an *entry* of the *timetable* says what is done for which server at those
/// times. A schedule never reads a clock: it is asked for the instants between two others.
@NullMarked
package io.pgvigil.core.schedule;

import org.jspecify.annotations.NullMarked;
