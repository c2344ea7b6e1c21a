#include <unistd.h>

#include "program/program.h"
#include "testing/unsynced_loss.h"

// Only the store's files are forgotten: tokens and signing keys are written with an fsync each
// before they matter.
int main(int argc, char** argv) {
  const auto env = godwit::make_unsynced_loss_env();
  return godwit::run_program(argc, argv, environ, env.get());
}
