// A handler with an installer of its own: it has a library beside it, knows of no manager, writes its registration itself, and one
// of its two classes lies in the folder of the system and is registered by nothing but its file's name. One class, one item.
#include <windows.h>
// The ids of the header are defined in this file.
#include <initguid.h>
#include <mobsync.h>

#include <stdio.h>
#include <wchar.h>

extern "C" const wchar_t *name_of_item();

// {57A4E6E5-0000-4000-8000-0000000000NN}
static const CLSID CLASSES[] = {
    {0x57a4e6e5, 0, 0x4000, {0x80, 0, 0, 0, 0, 0, 0, 1}},
    {0x57a4e6e5, 0, 0x4000, {0x80, 0, 0, 0, 0, 0, 0, 2}},
};
static const wchar_t *const NAMES[] = {L"stranger", L"stranger in the system"};
static const SYNCMGRITEMID ITEM = {0x57a4e6e5, 0, 0x4000, {0x90, 0, 0, 0, 0, 0, 0, 1}};

static HINSTANCE instance;
static LONG objects;

// One object is all of it: factory, handler and enumerator; each is asked for what it has.
class Stranger : public IClassFactory, public ISyncMgrSynchronize, public ISyncMgrEnumItems {
public:
    Stranger() { InterlockedIncrement(&objects); }

    STDMETHODIMP QueryInterface(REFIID iid, void **object)
    {
        *object = nullptr;
        if (iid == IID_IUnknown || iid == IID_IClassFactory)
            *object = static_cast<IClassFactory *>(this);
        else if (iid == IID_ISyncMgrSynchronize)
            *object = static_cast<ISyncMgrSynchronize *>(this);
        else if (iid == IID_ISyncMgrEnumItems)
            *object = static_cast<ISyncMgrEnumItems *>(this);
        if (!*object)
            return E_NOINTERFACE;
        AddRef();
        return S_OK;
    }
    STDMETHODIMP_(ULONG) AddRef() { return InterlockedIncrement(&references_); }
    STDMETHODIMP_(ULONG) Release()
    {
        LONG left = InterlockedDecrement(&references_);
        if (!left)
            delete this;
        return left;
    }

    STDMETHODIMP CreateInstance(IUnknown *outer, REFIID iid, void **object)
    {
        if (outer)
            return CLASS_E_NOAGGREGATION;
        Stranger *made = new Stranger;
        HRESULT code = made->QueryInterface(iid, object);
        made->Release();
        return code;
    }
    STDMETHODIMP LockServer(BOOL lock)
    {
        lock ? InterlockedIncrement(&objects) : InterlockedDecrement(&objects);
        return S_OK;
    }

    STDMETHODIMP Initialize(DWORD, DWORD flags, DWORD, const BYTE *)
    {
        DWORD event = flags & SYNCMGRFLAG_EVENTMASK;
        return event == SYNCMGRFLAG_PENDINGDISCONNECT ? S_FALSE : S_OK;
    }
    STDMETHODIMP GetHandlerInfo(LPSYNCMGRHANDLERINFO *) { return E_NOTIMPL; }
    STDMETHODIMP EnumSyncMgrItems(ISyncMgrEnumItems **items)
    {
        position_ = 0;
        return QueryInterface(IID_ISyncMgrEnumItems, (void **)items);
    }
    STDMETHODIMP GetItemObject(REFSYNCMGRITEMID, REFIID, void **) { return E_NOTIMPL; }
    STDMETHODIMP ShowProperties(HWND, REFSYNCMGRITEMID) { return E_NOTIMPL; }
    STDMETHODIMP SetProgressCallback(ISyncMgrSynchronizeCallback *callback)
    {
        if (callback_)
            callback_->Release();
        callback_ = callback;
        if (callback_)
            callback_->AddRef();
        return S_OK;
    }
    STDMETHODIMP PrepareForSync(ULONG, SYNCMGRITEMID *, HWND, DWORD)
    {
        callback_->PrepareForSyncCompleted(S_OK);
        return S_OK;
    }
    STDMETHODIMP Synchronize(HWND)
    {
        puts("the stranger begins");
        CoMarshalInterThreadInterfaceInStream(IID_ISyncMgrSynchronizeCallback, callback_, &stream_);
        AddRef();
        DWORD id;
        CloseHandle(CreateThread(nullptr, 0, work, this, 0, &id));
        return S_OK;
    }
    STDMETHODIMP SetItemStatus(REFSYNCMGRITEMID, DWORD) { return E_NOTIMPL; }
    STDMETHODIMP ShowError(HWND, REFSYNCMGRERRORID) { return E_NOTIMPL; }

    STDMETHODIMP Next(ULONG, SYNCMGRITEM *items, ULONG *fetched)
    {
        if (fetched)
            *fetched = 0;
        if (position_++)
            return S_FALSE;
        ZeroMemory(items, sizeof *items);
        items->cbSize = sizeof *items;
        items->ItemID = ITEM;
        items->dwItemState = SYNCMGRITEMSTATE_CHECKED;
        lstrcpynW(items->wszItemName, name_of_item(), MAX_SYNCMGRITEMNAME);
        if (fetched)
            *fetched = 1;
        return S_OK;
    }
    STDMETHODIMP Skip(ULONG) { return E_NOTIMPL; }
    STDMETHODIMP Reset()
    {
        position_ = 0;
        return S_OK;
    }
    STDMETHODIMP Clone(ISyncMgrEnumItems **) { return E_NOTIMPL; }

private:
    virtual ~Stranger() { InterlockedDecrement(&objects); }

    static DWORD WINAPI work(void *pointer)
    {
        Stranger *self = static_cast<Stranger *>(pointer);
        CoInitialize(nullptr);
        ISyncMgrSynchronizeCallback *callback;
        if (SUCCEEDED(CoGetInterfaceAndReleaseStream(self->stream_, IID_ISyncMgrSynchronizeCallback, (void **)&callback))) {
            SYNCMGRPROGRESSITEM report;
            report.cbSize = sizeof report;
            report.mask = SYNCMGRPROGRESSITEM_STATUSTYPE | SYNCMGRPROGRESSITEM_PROGVALUE | SYNCMGRPROGRESSITEM_MAXVALUE;
            report.dwStatusType = SYNCMGRSTATUS_UPDATING;
            report.iMaxValue = 10;
            for (report.iProgValue = 0; report.iProgValue < 10; report.iProgValue++)
                if (callback->Progress(ITEM, &report) != S_OK)
                    break;
            report.mask = SYNCMGRPROGRESSITEM_STATUSTYPE;
            report.dwStatusType = SYNCMGRSTATUS_SUCCEEDED;
            callback->Progress(ITEM, &report);
            callback->SynchronizeCompleted(S_OK);
            callback->Release();
        }
        self->Release();
        CoUninitialize();
        return 0;
    }

    LONG references_ = 1;
    int position_ = 0;
    ISyncMgrSynchronizeCallback *callback_ = nullptr;
    IStream *stream_ = nullptr;
};

static void write(const wchar_t *path, const wchar_t *name, DWORD type, const wchar_t *text)
{
    HKEY key;
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, nullptr, 0, KEY_WRITE, nullptr, &key, nullptr) != ERROR_SUCCESS)
        return;
    RegSetValueExW(key, name, 0, type, (const BYTE *)text, (DWORD)((wcslen(text) + 1) * sizeof *text));
    RegCloseKey(key);
}

extern "C" BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *)
{
    if (reason == DLL_PROCESS_ATTACH) {
        instance = self;
        DisableThreadLibraryCalls(self);
    }
    return TRUE;
}

extern "C" HRESULT WINAPI DllGetClassObject(REFCLSID id, REFIID iid, void **object)
{
    *object = nullptr;
    if (id != CLASSES[0] && id != CLASSES[1])
        return CLASS_E_CLASSNOTAVAILABLE;
    Stranger *factory = new Stranger;
    HRESULT code = factory->QueryInterface(iid, object);
    factory->Release();
    return code;
}

extern "C" HRESULT WINAPI DllCanUnloadNow() { return objects ? S_FALSE : S_OK; }

extern "C" HRESULT WINAPI DllRegisterServer()
{
    // Copies for the folder of the system, with what they need.
    wchar_t own[MAX_PATH], library[MAX_PATH], system[MAX_PATH], target[MAX_PATH];
    GetModuleFileNameW(instance, own, MAX_PATH);
    wcscpy(library, own);
    wcscpy(wcsrchr(library, L'\\') + 1, L"strangelib.dll");
    GetSystemDirectoryW(system, MAX_PATH);
    swprintf(target, MAX_PATH, L"%ls\\stranger2.dll", system);
    CopyFileW(own, target, FALSE);
    swprintf(target, MAX_PATH, L"%ls\\strangelib.dll", system);
    CopyFileW(library, target, FALSE);

    const wchar_t *const servers[] = {L"%ProgramFiles%\\Stranger\\stranger.dll", L"stranger2.dll"};
    const DWORD types[] = {REG_EXPAND_SZ, REG_SZ};
    for (int number = 0; number < 2; number++) {
        wchar_t id[64], path[256];
        StringFromGUID2(CLASSES[number], id, 64);
        swprintf(path, 256, L"SOFTWARE\\Classes\\CLSID\\%ls", id);
        write(path, nullptr, REG_SZ, NAMES[number]);
        wcscat(path, L"\\InprocServer32");
        write(path, nullptr, types[number], servers[number]);
        write(path, L"ThreadingModel", REG_SZ, L"both");
        swprintf(path, 256, L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Syncmgr\\Handlers\\%ls", _wcslwr(id));
        write(path, L"Description", REG_SZ, L"values of its own");
    }
    return S_OK;
}
