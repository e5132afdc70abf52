/* zuzen from C: counts the tickets of each status, through the ADBC driver manager.
 *
 *   cc tickets.c -ladbc_driver_manager -o tickets
 *   ./tickets zuzen                                    the simulated account
 *   ./tickets zuzen 'URL=https://acme.zendesk.com;User=…;ApiToken=…'
 *
 * The first argument is the driver: its name if its manifest is installed, or the path of the shared library. A third argument
 * is the statement to run. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <arrow-adbc/adbc.h>
#include <arrow-adbc/adbc_driver_manager.h>

static const char *const STATUSES =
    "SELECT status, count(*) AS tickets FROM zendesk.tickets GROUP BY status ORDER BY status";

/* Says what failed, with the details that programs can read, and gives the error back. */
static int failed(const char *what, struct AdbcError *error, AdbcStatusCode status) {
  fprintf(stderr, "%s: %s (status %d, SQLSTATE %.5s)\n", what, error->message ? error->message : "no message", status,
          error->sqlstate);
  for (int place = 0; place < AdbcErrorGetDetailCount(error); place++) {
    struct AdbcErrorDetail detail = AdbcErrorGetDetail(error, place);
    fprintf(stderr, "  %s = %.*s\n", detail.key, (int)detail.value_length, (const char *)detail.value);
  }
  if (error->release) error->release(error);
  return 1;
}

#define TRY(what, call)                                                    \
  do {                                                                     \
    AdbcStatusCode status = (call);                                        \
    if (status != ADBC_STATUS_OK) return failed(what, &error, status);     \
  } while (0)

static int is_valid(const struct ArrowArray *column, int64_t row) {
  const uint8_t *bits = column->buffers[0];
  row += column->offset;
  return bits == NULL || (bits[row / 8] >> (row % 8) & 1);
}

/* Texts and whole numbers are written; of other columns only the format is. */
static void print_value(const char *format, const struct ArrowArray *column, int64_t row) {
  if (!is_valid(column, row)) {
    printf("NULL");
  } else if (strcmp(format, "l") == 0) {
    printf("%" PRId64, ((const int64_t *)column->buffers[1])[column->offset + row]);
  } else if (strcmp(format, "u") == 0) {
    const int32_t *offsets = (const int32_t *)column->buffers[1] + column->offset;
    const char *text = (const char *)column->buffers[2] + offsets[row];
    printf("%.*s", (int)(offsets[row + 1] - offsets[row]), text);
  } else {
    printf("<%s>", format);
  }
}

static int print_rows(struct ArrowArrayStream *rows) {
  struct AdbcError error = ADBC_ERROR_INIT;
  struct ArrowSchema schema;
  if (rows->get_schema(rows, &schema) != 0) {
    fprintf(stderr, "no schema: %s\n", rows->get_last_error(rows));
    return 1;
  }
  int outcome = 0;
  for (;;) {
    struct ArrowArray batch;
    if (rows->get_next(rows, &batch) != 0) {
      /* The stream knows a text; the driver knows the whole error. It belongs to the stream. */
      AdbcStatusCode status = ADBC_STATUS_UNKNOWN;
      const struct AdbcError *told = AdbcErrorFromArrayStream(rows, &status);
      if (told == NULL) {
        fprintf(stderr, "no rows: %s\n", rows->get_last_error(rows));
        outcome = 1;
      } else {
        error = *told;
        error.release = NULL;
        outcome = failed("the rows end early", &error, status);
      }
      break;
    }
    if (batch.release == NULL) break;
    for (int64_t row = 0; row < batch.length; row++) {
      for (int64_t column = 0; column < batch.n_children; column++) {
        if (column > 0) printf("\t");
        print_value(schema.children[column]->format, batch.children[column], row);
      }
      printf("\n");
    }
    batch.release(&batch);
  }
  schema.release(&schema);
  return outcome;
}

static int query(struct AdbcConnection *connection, const char *sql) {
  struct AdbcError error = ADBC_ERROR_INIT;
  struct AdbcStatement statement = {0};
  TRY("new statement", AdbcStatementNew(connection, &statement, &error));
  int outcome = 0;
  struct ArrowArrayStream rows = {0};
  AdbcStatusCode status = AdbcStatementSetSqlQuery(&statement, sql, &error);
  if (status == ADBC_STATUS_OK) status = AdbcStatementExecuteQuery(&statement, &rows, NULL, &error);
  if (status == ADBC_STATUS_OK) {
    outcome = print_rows(&rows);
    rows.release(&rows);
  } else {
    outcome = failed("the statement", &error, status);
  }
  error = (struct AdbcError)ADBC_ERROR_INIT;
  TRY("release statement", AdbcStatementRelease(&statement, &error));
  return outcome;
}

static int connect(struct AdbcDatabase *database, const char *sql) {
  struct AdbcError error = ADBC_ERROR_INIT;
  struct AdbcConnection connection = {0};
  TRY("new connection", AdbcConnectionNew(&connection, &error));
  TRY("open connection", AdbcConnectionInit(&connection, database, &error));
  int outcome = query(&connection, sql);
  TRY("release connection", AdbcConnectionRelease(&connection, &error));
  return outcome;
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: %s <driver> [<connection string> [<statement>]]\n", arguments[0]);
    return 2;
  }
  const char *uri = count > 2 ? arguments[2] : "";
  struct AdbcError error = ADBC_ERROR_INIT;
  struct AdbcDatabase database = {0};
  TRY("new database", AdbcDatabaseNew(&database, &error));
  /* A driver that is named, and not a path, is looked for where manifests are installed. */
  TRY("flags", AdbcDriverManagerDatabaseSetLoadFlags(&database, ADBC_LOAD_FLAG_DEFAULT, &error));
  TRY("driver", AdbcDatabaseSetOption(&database, "driver", arguments[1], &error));
  if (uri[0] != '\0') {
    TRY("uri", AdbcDatabaseSetOption(&database, "uri", uri, &error));
  } else {
    TRY("demo", AdbcDatabaseSetOption(&database, "zuzen.demo", "true", &error));
  }
  TRY("open database", AdbcDatabaseInit(&database, &error));
  int outcome = connect(&database, count > 3 ? arguments[3] : STATUSES);
  TRY("release database", AdbcDatabaseRelease(&database, &error));
  return outcome;
}
