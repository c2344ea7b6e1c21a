#pragma once

namespace godwit::imagegen {

/// The program `imagegen`: reads its command, runs it, returns its exit code.
int run_program(int argc, char** argv, char** environment);

}  // namespace godwit::imagegen
