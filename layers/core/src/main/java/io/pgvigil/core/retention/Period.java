package io.pgvigil.core.retention;

import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// The lengths of time whose first backups are kept; the longest that a backup stands for is its tier.
public enum Period {
    DAILY {
        @Override
        long number(LocalDate day) {
            return day.toEpochDay();
        }

        @Override
        String name(LocalDate day) {
            return day.toString();
        }
    },
    WEEKLY {
        @Override
        long number(LocalDate day) {
            return day.get(IsoFields.WEEK_BASED_YEAR) * 100L
                    + day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
        }

        @Override
        String name(LocalDate day) {
            return String.format(Locale.ROOT, "%d-W%02d", number(day) / 100, number(day) % 100);
        }
    },
    MONTHLY {
        @Override
        long number(LocalDate day) {
            return day.getLong(ChronoField.PROLEPTIC_MONTH);
        }

        @Override
        String name(LocalDate day) {
            return String.format(Locale.ROOT, "%d-%02d", day.getYear(), day.getMonthValue());
        }
    },
    YEARLY {
        @Override
        long number(LocalDate day) {
            return day.getYear();
        }

        @Override
        String name(LocalDate day) {
            return Integer.toString(day.getYear());
        }
    };

    /// So many of them later.
    ZonedDateTime after(ZonedDateTime time, int count) {
        return switch (this) {
            case DAILY -> time.plusDays(count);
            case WEEKLY -> time.plusWeeks(count);
            case MONTHLY -> time.plusMonths(count);
            case YEARLY -> time.plusYears(count);
        };
    }

    /// Grows with time; the same for all days of one period.
    abstract long number(LocalDate day);

    abstract String name(LocalDate day);

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
