// The server: one class for each handler, registered as an installer of the time would.
#include "handler.h"

#include <wchar.h>

namespace {

HINSTANCE instance;

// {7E57C1A5-…-NN}: the class with the number NN.
CLSID class_id(unsigned number)
{
    CLSID id = {0x7e57c1a5, 0x0c0d, 0x4e5e, {0x9a, 0, 0, 0, 0, 0, 0, (BYTE)(number + 1)}};
    return id;
}

struct Classes {
    const Class *first;
    unsigned count;
};

const Classes all[] = {{behaved, n_behaved}, {sinners, n_sinners}, {foreign, n_foreign}, {further, n_further}};

unsigned n_classes()
{
    unsigned count = 0;
    for (const Classes &some : all)
        count += some.count;
    return count;
}

const Class &class_at(unsigned number)
{
    const Classes *some = all;
    for (; number >= some->count; some++)
        number -= some->count;
    return some->first[number];
}

class Factory : public IClassFactory {
public:
    explicit Factory(const Class &made) : made_(made) {}
    virtual ~Factory() {}

    HRESULT WINAPI QueryInterface(REFIID iid, void **object) override
    {
        if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_IClassFactory)) {
            *object = static_cast<IClassFactory *>(this);
            AddRef();
            return S_OK;
        }
        *object = nullptr;
        return E_NOINTERFACE;
    }
    ULONG WINAPI AddRef() override { return InterlockedIncrement(&references_); }
    ULONG WINAPI Release() override
    {
        LONG left = InterlockedDecrement(&references_);
        if (left == 0)
            delete this;
        return left;
    }
    HRESULT WINAPI CreateInstance(IUnknown *outer, REFIID iid, void **object) override
    {
        *object = nullptr;
        if (outer)
            return CLASS_E_NOAGGREGATION;
        Handler *handler = made_.make();
        HRESULT code = handler->QueryInterface(iid, object);
        handler->Release();
        return code;
    }
    HRESULT WINAPI LockServer(BOOL) override { return S_OK; }

private:
    LONG references_ = 1;
    const Class &made_;
};

const wchar_t handlers[] = L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Syncmgr\\Handlers\\";
const wchar_t classes[] = L"SOFTWARE\\Classes\\CLSID\\";

HRESULT write(const wchar_t *path, const wchar_t *name, const wchar_t *text)
{
    HKEY key;
    LSTATUS status =
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, nullptr, 0, KEY_WRITE, nullptr, &key, nullptr);
    if (status == ERROR_SUCCESS) {
        status = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, (DWORD)((wcslen(text) + 1) * sizeof(wchar_t)));
        RegCloseKey(key);
    }
    return HRESULT_FROM_WIN32(status);
}

// Through the manager where there is one, else directly at the documented place.
HRESULT tell_manager(REFCLSID id, const wchar_t *text, const wchar_t *name)
{
    ISyncMgrRegister *manager;
    HRESULT code = CoCreateInstance(CLSID_SyncMgr, nullptr, CLSCTX_INPROC_SERVER, IID_ISyncMgrRegister, (void **)&manager);
    if (SUCCEEDED(code)) {
        code = manager->RegisterSyncMgrHandler(id, name, 0);
        manager->Release();
        return code;
    }
    wchar_t path[256] = L"";
    wcscat(wcscpy(path, handlers), text);
    return write(path, nullptr, name);
}

} // namespace

extern "C" BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *)
{
    if (reason == DLL_PROCESS_ATTACH)
        instance = self;
    return TRUE;
}

extern "C" HRESULT WINAPI DllGetClassObject(REFCLSID id, REFIID iid, void **object)
{
    *object = nullptr;
    for (unsigned number = 0; number < n_classes(); number++) {
        if (IsEqualCLSID(id, class_id(number))) {
            Factory *factory = new Factory(class_at(number));
            HRESULT code = factory->QueryInterface(iid, object);
            factory->Release();
            return code;
        }
    }
    return CLASS_E_CLASSNOTAVAILABLE;
}

extern "C" HRESULT WINAPI DllCanUnloadNow() { return S_FALSE; }

extern "C" HRESULT WINAPI DllRegisterServer()
{
    wchar_t module[MAX_PATH];
    GetModuleFileNameW(instance, module, MAX_PATH);
    for (unsigned number = 0; number < n_classes(); number++) {
        const wchar_t *name = class_at(number).name;
        wchar_t text[64];
        StringFromGUID2(class_id(number), text, 64);
        wchar_t path[256];
        wcscat(wcscpy(path, classes), text);
        HRESULT code = write(path, nullptr, name);
        wcscat(path, L"\\InProcServer32");
        if (SUCCEEDED(code))
            code = write(path, nullptr, module);
        if (SUCCEEDED(code) && class_at(number).threading)
            code = write(path, L"ThreadingModel", class_at(number).threading);
        if (SUCCEEDED(code))
            code = tell_manager(class_id(number), text, name);
        if (FAILED(code))
            return code;
    }
    return S_OK;
}

extern "C" HRESULT WINAPI DllUnregisterServer()
{
    for (unsigned number = 0; number < n_classes(); number++) {
        wchar_t text[64], path[256];
        StringFromGUID2(class_id(number), text, 64);
        wcscat(wcscpy(path, handlers), text);
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
        wcscat(wcscpy(path, classes), text);
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    }
    return S_OK;
}
