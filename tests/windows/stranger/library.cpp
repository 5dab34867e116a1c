// What a handler brings along beside itself.
extern "C" __declspec(dllexport) const wchar_t *name_of_item() { return L"from its library"; }
