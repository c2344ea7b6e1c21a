#pragma once

namespace rocksdb {
class Env;
}

namespace godwit {

/// The program `godwit`: reads its command, runs it, returns its exit code. `store_env` is what the
/// store of `dev` and `server` runs on; null for the system's.
int run_program(int argc, char** argv, char** environment, rocksdb::Env* store_env);

}  // namespace godwit
