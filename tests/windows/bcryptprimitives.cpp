// For tests alone: the one function of `bcryptprimitives.dll` that Rust's standard library imports, which Wine 8 does not have.
#include <windows.h>

extern "C" BOOLEAN NTAPI SystemFunction036(void *data, ULONG length);

extern "C" __declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}
