// An installer of handlers: asks the manager's class what the words of its command line say, and prints what is answered.
//
//   client register CLASS NAME|- FLAGS    client unregister CLASS    client info CLASS    client odd
//
// And a program that starts sessions; the cookie is written in hexadecimal digits, `!` is a size without bytes:
//
//   client update CLASS FLAGS COOKIE|-|!    client all
#include <windows.h>
#include <initguid.h>
#include <mobsync.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void answered(const char *what, HRESULT code)
{
    printf("%s: 0x%08lx\n", what, (unsigned long)code);
}

static CLSID class_of(const wchar_t *text)
{
    CLSID id = GUID_NULL;
    CLSIDFromString(text, &id);
    return id;
}

static void info(ISyncMgrRegister *manager, REFCLSID id)
{
    DWORD flags = 0xcdcdcdcd;
    answered("info", manager->GetHandlerRegistrationInfo(id, &flags));
    printf("flags: 0x%08lx\n", (unsigned long)flags);
}

// What must not be passed, and who the object is.
static void odd(ISyncMgrRegister *manager)
{
    CLSID id = class_of(L"{0DD00000-0000-0000-0000-000000000001}");
    answered("nil class", manager->RegisterSyncMgrHandler(GUID_NULL, L"nobody", 0));
    answered("unknown flags", manager->RegisterSyncMgrHandler(id, L"nobody", 8));
    answered("not registered by that", manager->GetHandlerRegistrationInfo(id, (DWORD *)&id.Data1));
    id = class_of(L"{0DD00000-0000-0000-0000-000000000001}");
    answered("nowhere to put flags", manager->GetHandlerRegistrationInfo(id, nullptr));
    answered("unregister nil", manager->UnregisterSyncMgrHandler(GUID_NULL, 0));
    IUnknown *other;
    answered("another interface", manager->QueryInterface(IID_IDispatch, (void **)&other));
    answered("aggregated", CoCreateInstance(CLSID_SyncMgr, manager, CLSCTX_INPROC_SERVER, IID_IUnknown, (void **)&other));
    IClassFactory *factory;
    answered("factory", CoGetClassObject(CLSID_SyncMgr, CLSCTX_INPROC_SERVER, nullptr, IID_IClassFactory, (void **)&factory));
    HRESULT(WINAPI * may_go)() = (HRESULT(WINAPI *)())(void *)GetProcAddress(GetModuleHandleW(L"mobsync.dll"), "DllCanUnloadNow");
    answered("may go with an object", may_go());
    manager->Release();
    factory->LockServer(TRUE);
    factory->Release();
    answered("may go with a lock", may_go());
    CoGetClassObject(CLSID_SyncMgr, CLSCTX_INPROC_SERVER, nullptr, IID_IClassFactory, (void **)&factory);
    factory->LockServer(FALSE);
    factory->LockServer(FALSE);
    factory->Release();
    answered("may go", may_go());
}

static unsigned char digit(wchar_t digit)
{
    return (unsigned char)(digit <= L'9' ? digit - L'0' : (digit | 0x20) - L'a' + 10);
}

static void update(ISyncMgrSynchronizeInvoke *manager, REFCLSID id, DWORD flags, const wchar_t *cookie)
{
    unsigned char bytes[64];
    DWORD size = 0;
    if (!wcscmp(cookie, L"!")) {
        answered("update", manager->UpdateItems(flags, id, 4, nullptr));
        return;
    }
    for (; cookie[0] && cookie[0] != L'-' && cookie[1] && size < sizeof bytes; cookie += 2)
        bytes[size++] = (unsigned char)(digit(cookie[0]) << 4 | digit(cookie[1]));
    answered("update", manager->UpdateItems(flags, id, size, size ? bytes : nullptr));
    // Whoever was asked has a copy.
    memset(bytes, 0xcd, sizeof bytes);
}

int wmain(int count, wchar_t **words)
{
    CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    ISyncMgrRegister *manager;
    HRESULT code = CoCreateInstance(CLSID_SyncMgr, nullptr, CLSCTX_INPROC_SERVER, IID_ISyncMgrRegister, (void **)&manager);
    answered("create", code);
    if (FAILED(code) || count < 2)
        return 1;
    if (!wcscmp(words[1], L"odd")) {
        odd(manager);
        return 0;
    }
    ISyncMgrSynchronizeInvoke *invoke;
    code = manager->QueryInterface(IID_ISyncMgrSynchronizeInvoke, (void **)&invoke);
    if (FAILED(code)) {
        answered("invoke", code);
        return 1;
    }
    if (!wcscmp(words[1], L"all")) {
        answered("all", invoke->UpdateAll());
        return 0;
    }
    CLSID id = class_of(words[2]);
    if (!wcscmp(words[1], L"update")) {
        update(invoke, id, wcstoul(words[3], nullptr, 0), words[4]);
    } else if (!wcscmp(words[1], L"register")) {
        const wchar_t *name = wcscmp(words[3], L"-") ? words[3] : nullptr;
        answered("register", manager->RegisterSyncMgrHandler(id, name, wcstoul(words[4], nullptr, 0)));
    } else if (!wcscmp(words[1], L"unregister")) {
        answered("unregister", manager->UnregisterSyncMgrHandler(id, 77));
    } else {
        info(manager, id);
    }
    invoke->Release();
    manager->Release();
    CoUninitialize();
    return 0;
}
